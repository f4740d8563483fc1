# Loads the example, makes the calls that standard input lists, prints what they return.

require 'json'
require ARGV.fetch(0)

FUNCTIONS = {
  'sign' => :sign,
  'upload' => :sign_upload_token,
  'serve' => :sign_serve_token,
  'url' => :signed_url,
  'visibility' => :sign_visibility_token
}.freeze

calls = JSON.parse($stdin.binmode.read.force_encoding('UTF-8'))
results = calls.map do |call|
  AuraSignature.public_send(FUNCTIONS.fetch(call['function']), *call['arguments'])
end
puts JSON.generate(results)
