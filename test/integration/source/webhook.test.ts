import { createHmac } from 'node:crypto';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { sendProblem } from '../../../controller/api/problem.ts';
import { registerWebhookRoutes } from '../../../controller/source/webhook-routes.ts';

const secret = 'correct horse';

/** Reduced to what the hosts send in common and what is their own. */
const payloads = {
  github: {
    ref: 'refs/heads/main',
    before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
    after: '59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5',
    created: false,
    deleted: false,
    forced: false,
    repository: { full_name: 'team/fleet', clone_url: 'https://github.com/team/fleet.git' },
    pusher: { name: 'alice', email: 'alice@example.com' },
    commits: [{ id: '59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5', modified: ['services/web.yaml'] }],
  },
  gitlab: {
    object_kind: 'push',
    event_name: 'push',
    before: '95790bf891e76fee5e1747ab589903a6a1f80f22',
    after: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
    ref: 'refs/heads/main',
    checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
    user_username: 'alice',
    project: { path_with_namespace: 'team/fleet', default_branch: 'main' },
    total_commits_count: 1,
  },
  gitea: {
    ref: 'refs/heads/main',
    before: '28e1879d029cb852e4844d9c718537df08844e03',
    after: 'bffeb74224043ba2feb48d137756c8a9331c449a',
    compare_url: 'http://localhost:3000/team/fleet/compare/28e1879d...bffeb742',
    repository: { full_name: 'team/fleet', ssh_url: 'ssh://gitea@localhost:2222/team/fleet.git' },
    pusher: { login: 'alice', email: 'alice@example.com' },
  },
};

function hmac(body: string, key = secret): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

function webhookServer(options: { secret?: string | undefined } = { secret }) {
  const app = fastify();
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  const looks = { count: 0 };
  registerWebhookRoutes(app, {
    readSecret: async () => options.secret,
    branch: () => 'main',
    lookSoon: () => {
      looks.count += 1;
    },
  });
  const post = (headers: Record<string, string>, payload: string | Buffer) =>
    app.inject({
      method: 'POST',
      url: '/webhooks/git',
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    });
  return { post, looks };
}

test.each([
  [
    'GitHub',
    payloads.github,
    (body: string) => ({ 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(body)}` }),
  ],
  ['GitLab', payloads.gitlab, () => ({ 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret })],
  [
    'Gitea',
    payloads.gitea,
    (body: string) => ({
      'x-gitea-event': 'push',
      'x-github-event': 'push',
      'x-gitea-signature': hmac(body),
    }),
  ],
  [
    'Forgejo',
    payloads.gitea,
    (body: string) => ({ 'x-forgejo-event': 'push', 'x-forgejo-signature': hmac(body) }),
  ],
])(
  'a push announced by %s is looked at, also when it is repeated',
  async (_, payload, headersOf) => {
    const { post, looks } = webhookServer();
    const body = JSON.stringify(payload);
    for (const count of [1, 2]) {
      const response = await post(headersOf(body), body);
      expect(response.statusCode).toBe(202);
      expect(response.json()).toEqual({ looking: true });
      expect(looks.count).toBe(count);
    }
  },
);

test('GitHub may send its payload as a form', async () => {
  const { post, looks } = webhookServer();
  const body = new URLSearchParams({ payload: JSON.stringify(payloads.github) }).toString();
  const response = await post(
    {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${hmac(body)}`,
    },
    body,
  );
  expect(response.statusCode).toBe(202);
  expect(looks.count).toBe(1);
});

const body = JSON.stringify(payloads.github);

test.each<[string, Record<string, string>]>([
  ['no signature', {}],
  ['an empty signature', { 'x-hub-signature-256': '' }],
  ['a signature by another secret', { 'x-hub-signature-256': `sha256=${hmac(body, 'other')}` }],
  ['a signature of another body', { 'x-hub-signature-256': `sha256=${hmac(`${body} `)}` }],
  ['the old kind of signature', { 'x-hub-signature': `sha1=${hmac(body)}` }],
  ['a wrong token', { 'x-gitlab-token': 'correct horsf' }],
  ['the beginning of the token', { 'x-gitlab-token': 'correct' }],
  ['the signature as token', { 'x-gitlab-token': hmac(body) }],
])('%s is refused', async (_, headers) => {
  const { post, looks } = webhookServer();
  const response = await post({ 'x-github-event': 'push', ...headers }, body);
  expect(response.statusCode).toBe(401);
  expect(response.json()).toMatchObject({ code: 'WEBHOOK_SIGNATURE_WRONG' });
  expect(response.body).not.toContain(secret);
  expect(looks.count).toBe(0);
});

test('without a secret every webhook is refused, even one signed with nothing', async () => {
  for (const missing of [undefined, '']) {
    const { post, looks } = webhookServer({ secret: missing });
    const signed = { 'x-hub-signature-256': `sha256=${hmac(body, '')}`, 'x-gitlab-token': '' };
    const response = await post({ 'x-github-event': 'push', ...signed }, body);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'WEBHOOK_NOT_CONFIGURED' });
    expect(looks.count).toBe(0);
  }
});

test.each([
  ['a push to another branch', { ...payloads.github, ref: 'refs/heads/topic' }, 'push'],
  ['a tag', { ...payloads.github, ref: 'refs/tags/v1' }, 'push'],
  ['a ping', { zen: 'Keep it logically awesome.', hook_id: 1 }, 'ping'],
  ['a pull request', { action: 'opened', ref: 'refs/heads/main' }, 'pull_request'],
  ['a push without a reference', {}, 'push'],
])('%s is taken and not looked at', async (_, payload, event) => {
  const { post, looks } = webhookServer();
  const text = JSON.stringify(payload);
  const response = await post(
    { 'x-github-event': event, 'x-hub-signature-256': `sha256=${hmac(text)}` },
    text,
  );
  expect(response.statusCode).toBe(202);
  expect(response.json()).toMatchObject({ looking: false });
  expect(looks.count).toBe(0);
});

test.each(['', '{', 'null', '"text"', '[1'])('the signed body %j is unreadable', async (text) => {
  const { post } = webhookServer();
  const response = await post(
    { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(text)}` },
    text,
  );
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ code: 'WEBHOOK_PAYLOAD_UNREADABLE' });
});

test('a body beyond the limit is refused before it is signed or parsed', async () => {
  const { post, looks } = webhookServer();
  const response = await post({ 'x-github-event': 'push' }, Buffer.alloc(3 * 1024 ** 2, 0x20));
  expect(response.statusCode).toBe(413);
  expect(looks.count).toBe(0);
});
