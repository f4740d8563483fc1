<?php

// Loads the example, makes the calls that standard input lists, prints what they return.

require $argv[1];

const FUNCTIONS = [
    'sign' => 'sign',
    'upload' => 'signUploadToken',
    'serve' => 'signServeToken',
    'url' => 'signedUrl',
    'visibility' => 'signVisibilityToken',
];

$calls = json_decode(file_get_contents('php://stdin'), true, 512, JSON_THROW_ON_ERROR);
$results = array_map(fn ($call) => FUNCTIONS[$call['function']](...$call['arguments']), $calls);
echo json_encode($results, JSON_THROW_ON_ERROR);
