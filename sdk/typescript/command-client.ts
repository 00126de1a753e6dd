/** Commands to running services, through the controller. */

import { request, type Dispatcher } from 'undici';
import { errorOfAnswer, unreachable } from './answer-errors.ts';

export interface CommandClientOptions {
  /** Base URL of the controller, such as `http://127.0.0.1:7400`. */
  readonly serverUrl: string;
  readonly publishToken?: string | undefined;
  /** For certificates that the system does not know. */
  readonly dispatcher?: Dispatcher;
}

export interface CommandResultItem {
  readonly instance: string;
  readonly ok: boolean;
  /** What the service answered, or why it did not. */
  readonly text: string;
  /** Error code, when it was not the service that refused. */
  readonly code?: string;
}

export interface ServiceCommand {
  /** `App.Server`. */
  readonly service: string;
  readonly command: string;
  /** Only to the instance on this node. */
  readonly node?: string | undefined;
}

const answerTimeoutMs = 30_000;

export class CommandClient {
  readonly #options: CommandClientOptions;

  constructor(options: CommandClientOptions) {
    this.#options = options;
  }

  /** One result for each running instance. Throws the controller's own code, or `API_UNREACHABLE`. */
  async send({ service, command, node }: ServiceCommand): Promise<readonly CommandResultItem[]> {
    const { serverUrl, publishToken, dispatcher } = this.#options;
    const path = `/api/v1/services/${encodeURIComponent(service)}/commands`;
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await request(new URL(path, serverUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(publishToken !== undefined && { authorization: `Bearer ${publishToken}` }),
        },
        body: JSON.stringify({ command, ...(node !== undefined && { node }) }),
        headersTimeout: answerTimeoutMs,
        bodyTimeout: answerTimeoutMs,
        ...(dispatcher !== undefined && { dispatcher }),
      });
      text = await response.body.text();
    } catch (error) {
      throw unreachable(serverUrl, error);
    }
    if (response.statusCode !== 200) throw errorOfAnswer(serverUrl, response.statusCode, text);
    return (JSON.parse(text) as { readonly items: readonly CommandResultItem[] }).items;
  }
}
