// Opens our proofs with jose and signs some with it; see tests/proofs/exchange.rs.
//
// Needs: npm install --no-save jose

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createLocalJWKSet, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose'

const file = (name) => new URL(`../data/${name}.json`, import.meta.url)
const ours = JSON.parse(readFileSync(file('ours'), 'utf8'))
const at = ours.at
const keys = createLocalJWKSet(ours.jwks)

const use = {
  issuer: ours.issuer,
  audience: ours.audience,
  algorithms: ['EdDSA'],
  typ: 'JWT',
  requiredClaims: ['sub', 'iat', 'exp', 'jti', 'purpose', 'channel', 'namespace'],
}
const open = (proof, seconds = at, other = {}) =>
  jwtVerify(proof, keys, { ...use, currentDate: new Date(seconds * 1000), ...other })

for (const { proof, claims } of ours.proofs) {
  const opened = await open(proof)
  assert.deepEqual(opened.payload, claims)
  assert.equal(opened.protectedHeader.alg, 'EdDSA')
  await open(proof, at + 599)
  await assert.rejects(open(proof, at + 600), { code: 'ERR_JWT_EXPIRED' })
  await assert.rejects(open(proof, at, { audience: 'bank' }), { claim: 'aud' })
  await assert.rejects(open(proof, at, { issuer: 'https://other.example' }), { claim: 'iss' })
  const [head, body, signature] = proof.split('.')
  const flipped = body.slice(0, 20) + (body[20] === 'B' ? 'C' : 'B') + body.slice(21)
  await assert.rejects(open([head, flipped, signature].join('.')), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
}

const says = (members = {}) => ({
  iss: ours.issuer, aud: ours.audience, namespace: ours.namespace, sub: '+14155550123', purpose: 'signup',
  channel: 'sms', iat: at, exp: at + 600, jti: 'made-by-jose', ...members,
})
const privateKey = (kid) =>
  importJWK({ ...ours.jwks.keys.find((key) => key.kid === kid), d: ours.seeds[kid], key_ops: ['sign'], use: undefined }, 'EdDSA')
const sign = async (claims, kid = 'k1', key) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid }).sign(key ?? (await privateKey(kid)))

const byHand = (alg, signature) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg, typ: 'JWT', kid: 'k1' })}.${part(says())}`
  return `${signed}.${signature(signed).toString('base64url')}`
}
// As long as an Ed25519 signature, so that its length does not give it away.
const mac = (key) => (signed) => {
  const half = createHmac('sha256', key).update(signed).digest()
  return Buffer.concat([half, half])
}
const x = ours.jwks.keys.find((key) => key.kid === 'k1').x

const accepted = []
for (const [claims, kid] of [
  [says(), 'k1'],
  [says({ sub: 'name@example.com', channel: 'email' }), 'k2'],
  [says({ purpose: 'password-reset', channel: 'voice' }), 'k1'],
]) accepted.push({ proof: await sign(claims, kid), claims })

const stranger = await generateKeyPair('EdDSA')
const refused = [
  { why: 'none', proof: byHand('none', () => Buffer.alloc(64)) },
  { why: 'HS256 with the public key', proof: byHand('HS256', mac(Buffer.from(x, 'base64url'))) },
  { why: "HS256 with the public key's text", proof: byHand('HS256', mac(x)) },
  { why: 'EdDSA, but HMAC with the public key', proof: byHand('EdDSA', mac(Buffer.from(x, 'base64url'))) },
  { why: "a stranger's key", proof: await sign(says(), 'k1', stranger.privateKey) },
  { why: 'expired', proof: await sign(says({ iat: at - 600, exp: at })) },
  { why: 'from the future', proof: await sign(says({ iat: at + 31, exp: at + 631 })) },
  { why: 'another audience', proof: await sign(says({ aud: 'bank' })) },
  { why: 'another issuer', proof: await sign(says({ iss: 'https://other.example' })) },
]
writeFileSync(file('jose'), JSON.stringify({ library: 'jose', accepted, refused }, null, 2) + '\n')
console.log(`jose opened ${ours.proofs.length} proofs and signed ${accepted.length}`)
