/** The form of a cluster file; what its parts mean for each other is in `check-cluster.ts`. */

export const clusterFormat = 'tarsier-cluster-1';
/** The engine keeps at most five copies of a stream. */
export const membersMax = 5;

/** Of a cluster and of a member: part of file names, certificates and the engine's own names. */
export const namePattern = '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$';
/** An address, or a host name. */
export const hostPattern = '^([0-9A-Fa-f:.]{2,45}|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$';

const name = { type: 'string', pattern: namePattern };
const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const pem = { type: 'string', pattern: '^-----BEGIN ', maxLength: 32_768 };
/** At least 128 bits; characters that need no quoting in the configuration of the engine. */
const secret = { type: 'string', pattern: '^[A-Za-z0-9._~-]{22,200}$' };
const user = { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' };

function closed(properties: Record<string, object>) {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

export const clusterSchema = closed({
  format: { const: clusterFormat },
  cluster: name,
  member: name,
  members: {
    type: 'array',
    minItems: 1,
    maxItems: membersMax,
    items: closed({
      name,
      host: { type: 'string', pattern: hostPattern },
      apiPort: port,
      enginePort: port,
      routePort: port,
    }),
  },
  tls: closed({ ca: pem, cert: pem, key: pem }),
  engine: closed({
    user,
    password: secret,
    systemUser: user,
    systemPassword: secret,
    routePassword: secret,
  }),
  peerToken: secret,
  tokens: closed({ agent: secret, publish: secret, read: secret, admin: secret }),
});
