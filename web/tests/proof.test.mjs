// What the phone proves is what the server believes: SHA-256 of "id:proof"
// begins with sixteen zero bits.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

await import('../assets/proof.js');

test('a proof holds', async () => {
  for (const id of ['0123456789abcdef', 'a'.repeat(40), 'ffffffffffffffffffffffff0123456789abcdef']) {
    const proof = await bedarfslotseProof(id);
    assert.equal(createHash('sha256').update(`${id}:${proof}`).digest('hex').slice(0, 4), '0000');
  }
});
