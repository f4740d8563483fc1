/** The public half of an Ed25519 key that signs receipts, or signed some. */
export interface ReceiptKey {
  /** Its JWK thumbprint (RFC 7638). */
  readonly id: string;
  /** Member `x` of its JWK (RFC 8037): 32 bytes in base64url. */
  readonly publicKey: string;
}

export interface ReceiptSigningKey extends ReceiptKey {
  /** Member `d` of its JWK: 32 bytes in base64url. A secret. */
  readonly privateKey: string;
}

/**
 * The keys of an installation's receipts. One signs; of earlier ones only the public half is kept. The private half is
 * stored encrypted.
 */
export interface ReceiptKeys {
  /** The key that signs. Created on first use; of several processes that do so at once, one creates it. */
  signingKey(): Promise<ReceiptSigningKey>;
  /** Every key whose receipts are valid, newest first: the one that signs, created on first use, and earlier ones. */
  publicKeys(): Promise<readonly ReceiptKey[]>;
  /**
   * Creates a key that signs from now on, in every process, and deletes the private half of the previous one.
   *
   * @param keepEarlier `false` removes all earlier keys, whose receipts then are no longer valid
   * @returns the new key
   */
  rotate(keepEarlier: boolean): Promise<ReceiptKey>;
}
