/** Error codes of the HTTP API and its clients. */

import type { ErrorRow } from '../error-row.ts';

export const apiCodes = {
  API_REQUEST_INVALID: {
    consequence: 'terminal',
    meaning: 'A request to the HTTP API has a parameter or body that does not fit.',
    remedy: 'The detail names the parameter; `/openapi.json` describes every route.',
  },
  API_UNKNOWN_PARAMETER: {
    consequence: 'terminal',
    meaning: 'A request to the HTTP API has a query parameter that the route does not know.',
    remedy: 'Use one of the parameters in the hint; a misspelt filter is never ignored.',
  },
  API_CURSOR_INVALID: {
    consequence: 'terminal',
    meaning: 'The cursor of a list request was not made by this list.',
    remedy: 'Ask for the first page again, without a cursor.',
  },
  API_NOT_FOUND: {
    consequence: 'terminal',
    meaning: 'Nothing of this kind has this name, or the path is not one of the API.',
    remedy: 'List the kind to see the names; `/openapi.json` lists the paths.',
  },
  API_UNAUTHORIZED: {
    consequence: 'terminal',
    meaning: 'The request needs a bearer token of a certain kind and has none, or a wrong one.',
    remedy:
      "Send `Authorization: Bearer …` with the token from the controller's `tokens` folder that the hint names.",
  },
  API_HOST_REFUSED: {
    consequence: 'terminal',
    meaning:
      'The Host header of a request to a loopback controller is not a name of this machine (DNS rebinding).',
    remedy: 'Use 127.0.0.1 or localhost, or start the controller with `--allow-host NAME`.',
  },
  API_METHOD_NOT_ALLOWED: {
    consequence: 'terminal',
    meaning: 'Status is read-only: changes are made in Git.',
    remedy: 'Edit the file that the detail names, commit and push it.',
  },
  API_BODY_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'The body of a request is larger than the route takes.',
    remedy: 'Send less; packages go through `tarsctl patch push`, which streams.',
  },
  API_REQUEST_TIMEOUT: {
    consequence: 'transient',
    meaning: 'A request was not sent completely within the time that its route allows.',
    remedy: 'Send it again over a better connection.',
  },
  API_RATE_LIMITED: {
    consequence: 'transient',
    meaning: 'One address sent more requests than the limit of a minute.',
    remedy: 'Wait as long as Retry-After says; use watch instead of polling.',
  },
  API_STREAMS_EXHAUSTED: {
    consequence: 'transient',
    meaning: 'The controller already serves as many streams (watch, logs) as it may.',
    remedy: 'Close a watch that is not used, or try again later.',
  },
  API_UNAVAILABLE: {
    consequence: 'transient',
    meaning: 'The controller cannot answer this yet, or what it would ask is not connected.',
    remedy: 'Try again; `/readyz` says what is missing.',
  },
  API_UNREACHABLE: {
    consequence: 'transient',
    meaning: 'No controller answers at the address that was asked.',
    remedy: 'Start one (`tarsctl dev`), or name another with `--server URL` or TARSIER_SERVER.',
  },
  API_ANSWER_INVALID: {
    consequence: 'terminal',
    meaning: 'Something answered at the address, and it is no Tarsier controller of this version.',
    remedy: 'Check the address that `--server` or TARSIER_SERVER names, and the versions.',
  },
  API_LISTEN_UNSAFE: {
    consequence: 'terminal',
    meaning: 'The controller was told to listen beyond this machine without TLS or without tokens.',
    remedy: 'Give `--tls-cert FILE --tls-key FILE`, or listen on 127.0.0.1.',
  },
  API_PORT_TAKEN: {
    consequence: 'terminal',
    meaning: 'Another process listens on the port of the controller.',
    remedy:
      'Stop that process, or choose another port: `tarsctl controller --listen HOST:PORT`, `tarsctl dev --port PORT`.',
  },
  API_TOKEN_UNSAFE: {
    consequence: 'terminal',
    meaning: 'A token file can be read by others, or does not hold a token.',
    remedy: 'Run `chmod 600` on the file, or delete it: a new one is made at the next start.',
  },
} as const satisfies Record<string, ErrorRow>;
