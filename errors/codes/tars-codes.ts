/** Error codes of the TARS protocol. */

import type { ErrorRow } from '../error-row.ts';

export const tarsCodes = {
  TARS_DECODE: {
    consequence: 'terminal',
    meaning: 'Bytes that should be a TARS packet or its parameters are not what their type says.',
    remedy:
      'See that both sides use the same interface file; the message names the field that is wrong.',
  },
  TARS_ENCODE: {
    consequence: 'terminal',
    meaning: 'A value does not fit the TARS type that it is to be written as.',
    remedy: 'The message names the field and what it must be; correct the value or the type.',
  },
  TARS_FRAME_LENGTH: {
    consequence: 'terminal',
    meaning:
      'A peer sent a frame whose length is too small or too large; its connection was closed.',
    remedy:
      'See what speaks to this port: it may not speak TARS. Raise the frame limit only for packets that are meant to be so large.',
  },
  TARS_PACKET: {
    consequence: 'terminal',
    meaning: 'A peer sent a packet without a readable head; its connection was closed.',
    remedy: 'See what speaks to this port: it may not speak TARS.',
  },
  TARS_SLOW_SENDER: {
    consequence: 'transient',
    meaning: 'A peer began a frame and did not finish it in time; its connection was closed.',
    remedy: 'Look at the peer and at the network between; a healthy peer connects again by itself.',
  },
  TARS_SLOW_READER: {
    consequence: 'transient',
    meaning: 'A peer sent requests and did not read the replies; its connection was closed.',
    remedy: 'Look at the peer and at the network between; a healthy peer connects again by itself.',
  },
  TARS_MEMORY: {
    consequence: 'transient',
    meaning:
      'All connections together held more bytes than allowed; the connection that held most was closed.',
    remedy: 'Look at the peer that the log names; half-sent frames and unread replies count.',
  },
  TARS_CONNECTIONS: {
    consequence: 'transient',
    meaning: 'A TARS server has as many connections as allowed, and refused another one.',
    remedy: 'Find the peer that opens so many, or raise the limit.',
  },
  TARS_HANDLER: {
    consequence: 'transient',
    meaning: 'The function behind a TARS request failed; the caller got the code -99.',
    remedy: 'The log line has the cause.',
  },
  TARS_CONNECT: {
    consequence: 'transient',
    meaning: 'A connection to a TARS server could not be opened.',
    remedy: 'See that the server runs and listens on that address; the next call tries again.',
  },
  TARS_DISCONNECTED: {
    consequence: 'transient',
    meaning:
      'The connection ended before the reply came; whether the call took effect is not known.',
    remedy: 'Repeat the call if it is safe to repeat; the next call connects again.',
  },
  TARS_TIMEOUT: {
    consequence: 'transient',
    meaning: 'A TARS server did not answer in time; whether the call took effect is not known.',
    remedy: 'Repeat the call if it is safe to repeat, or allow it more time.',
  },
  TARS_CALL_BUSY: {
    consequence: 'transient',
    meaning:
      'A TARS server could not take the call up now: overloaded, or nothing behind it answers.',
    remedy: 'Retry later; `iRet` in the details is the code of TARS.',
  },
  TARS_CALL_FAILED: {
    consequence: 'terminal',
    meaning: 'A TARS server answered with an error code instead of a result.',
    remedy: 'The message has the code of TARS and the text of the server.',
  },
  TARS_REPLY: {
    consequence: 'terminal',
    meaning: 'The reply of a TARS server is not what the interface says.',
    remedy: 'See that both sides use the same interface file.',
  },
} as const satisfies Record<string, ErrorRow>;
