// Ed25519 by the browser's own cryptography.

import type { CoreOutput } from '../core.js';

const ED25519 = 'Ed25519';

type Check = Extract<CoreOutput, { type: 'checkSignature' }>;

/** Whether a signature holds, or why that cannot be said here. */
export async function signatureHolds(check: Check, subtle: SubtleCrypto | undefined): Promise<boolean | string> {
  if (subtle === undefined) return 'there is no WebCrypto without https';
  const bytes = (view: Uint8Array) => view as Uint8Array<ArrayBuffer>;
  try {
    const key = await subtle.importKey('raw', bytes(check.key), ED25519, false, ['verify']);
    return await subtle.verify(ED25519, key, bytes(check.signature), bytes(check.message));
  } catch (error) {
    return (error as Error).name === 'NotSupportedError' ? 'this browser does not know Ed25519' : String(error);
  }
}
