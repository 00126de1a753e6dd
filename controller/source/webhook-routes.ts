/** `POST /webhooks/git`: a Git host says that a branch moved, so that nobody waits for the poll. */

import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { checkSignature } from './webhook-signature.ts';
import { readWebhook } from './webhook-payload.ts';

export interface WebhookPorts {
  /** Shared with the Git host; without one every webhook is refused. Read anew for each call. */
  readSecret(): Promise<string | undefined>;
  /** The branch that is followed, once it is known. */
  branch(): string | undefined;
  /** Nothing of the payload is believed: the repository itself is asked. */
  lookSoon(): void;
}

const BODY_BYTES_MAX = 2 * 1024 ** 2;

/** A repeated or replayed webhook costs one more look and changes nothing. */
export function registerWebhookRoutes(app: FastifyInstance, ports: WebhookPorts): void {
  app.register(async (scope) => {
    // The signature is over the bytes, so they must reach it unparsed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    const options = { config: { auth: 'webhook' }, bodyLimit: BODY_BYTES_MAX } as const;
    scope.post('/webhooks/git', options, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      assertSigned(checkSignature(request.headers, body, await secretOf(ports)));
      const news = readWebhook(request.headers, body);
      if (news.kind === 'unreadable') {
        throw new TarsierError('WEBHOOK_PAYLOAD_UNREADABLE', 'The body is not a JSON object.');
      }
      reply.code(202);
      if (news.kind === 'other') return { looking: false, because: `${news.event}: not a push` };
      const branch = ports.branch();
      if (branch !== undefined && news.branch !== branch) {
        return { looking: false, because: `${branch} is followed, not the branch of this push` };
      }
      ports.lookSoon();
      return { looking: true };
    });
  });
}

async function secretOf(ports: WebhookPorts): Promise<string> {
  const secret = await ports.readSecret();
  if (secret !== undefined && secret !== '') return secret;
  throw new TarsierError('WEBHOOK_NOT_CONFIGURED', 'This controller has no webhook secret.');
}

function assertSigned(check: ReturnType<typeof checkSignature>): void {
  if (check === 'valid') return;
  throw new TarsierError(
    'WEBHOOK_SIGNATURE_WRONG',
    check === 'missing'
      ? 'The webhook is not signed: it has none of X-Hub-Signature-256, X-Gitea-Signature, X-Gitlab-Token.'
      : 'The signature of the webhook does not fit the secret of this controller.',
    { hint: 'Enter the same secret at the Git host and at the controller.' },
  );
}
