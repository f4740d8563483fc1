import type { RefusalReason } from '@auraimage/protocol';

interface RefusalText {
  /** What happened, in a few words. */
  readonly title: string;
  /** Why, and what the owner can do. */
  readonly help: string;
}

/** Explains each reason to an owner who asks why pictures are broken. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalReason, RefusalText>> = {
  missing: {
    title: 'No token',
    help: 'The image is private, and the URL has no token. Sign the URL on your server, or make the image public.',
  },
  cross_site: {
    title: 'Cookie of another site',
    help: 'The browser sent the cookie with the token, but for a page of another site, where it does not count. Show the images on your own site, or use signed URLs there.',
  },
  preset_closed: {
    title: 'Preset is not open',
    help: 'The URL names a preset and has no token, and the preset does not show private images. Mark it as open, or sign the URL.',
  },
  expired: {
    title: 'Token has expired',
    help: 'Pages are kept for longer than their links are valid. Sign when the page is made, give links a longer life, or load them anew. If all links expire at once, compare the clocks of your server and this one.',
  },
  revoked: {
    title: 'Links were revoked',
    help: 'The token was issued before the links of the image were revoked. Sign a new one for whoever may still see it.',
  },
  recipient_revoked: {
    title: 'Recipient was revoked',
    help: 'The token was given to a recipient before the recipient was revoked.',
  },
  wrong_signature: {
    title: 'Wrong signature',
    help: 'The token was changed, or signed with another secret: check which serve secret your server uses, above all after a rotation.',
  },
  malformed: {
    title: 'Not a valid token',
    help: 'The token is cut off, repeated, or has claims that are not allowed, such as more than 7 days. aura doctor names what is wrong with one link.',
  },
  other_image: {
    title: 'Token of another image',
    help: 'The token is for another image, folder or project. Sign the key that the upload returned, and one token for each image.',
  },
  above_ceiling: {
    title: 'Original behind a preview link',
    help: 'The token allows a largest size, and the URL asks for the original. Ask for a size, or sign without a largest size.',
  },
  not_found: {
    title: 'No such image',
    help: 'No image has this key: it was deleted or renamed, or the URL is mistyped. Anybody can ask for names that never existed.',
  },
  preset_not_found: {
    title: 'No such preset',
    help: 'The URL names a preset that the project does not have. Create it again, or change the page.',
  },
  transform_malformed: {
    title: 'Malformed option',
    help: 'An option of the URL, such as the width, has a value that it cannot have. The response names it.',
  },
  transform_not_allowed: {
    title: 'Transform is not allowed',
    help: 'The project or the server allows only certain sizes or presets without a token, or the server cannot do what the URL asks for: the response says so. Use a preset, or sign the URL.',
  },
  watermark_missing: {
    title: 'Watermark is missing',
    help: 'The image that the preset draws as watermark was deleted or made private. Without it the preset sends nothing: choose another one.',
  },
  encode_limit: {
    title: 'Time for new sizes used up',
    help: 'The project asked for more new sizes than its share of processing time allows. Ask for fewer different sizes; browsers that try again later get them.',
  },
  unavailable: {
    title: 'Server was busy or failed',
    help: 'The server had no free place for image work, or its storage did not answer. Ask whoever operates the server.',
  },
};
