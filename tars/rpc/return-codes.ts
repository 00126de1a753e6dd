/** The return codes of the framework, `iRet` in a reply (tars-contract §1.7). */

export const returnCodes = {
  success: 0,
  decodeError: -1,
  encodeError: -2,
  noFunction: -3,
  noServant: -4,
  queueTimeout: -6,
  invokeTimeout: -7,
  connectFailed: -8,
  overloaded: -9,
  noEndpoint: -10,
  sendError: -13,
  unknown: -99,
} as const;
