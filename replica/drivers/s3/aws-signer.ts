/** Signs requests to an S3 store with an access key (AWS Signature Version 4). */

import { AwsV4Signer } from 'aws4fetch';
import type { S3Signer } from './s3-requests.ts';

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** `us-east-1` by default, as stores other than Amazon's expect. */
  readonly region?: string;
}

export function awsSigner({ region = 'us-east-1', ...key }: AwsKey): S3Signer {
  // Derived keys are kept for the day they are for.
  const cache = new Map<string, ArrayBuffer>();
  return async ({ method, url, headers }) => {
    const signer = new AwsV4Signer({ ...key, region, service: 's3', method, url, headers, cache });
    const signed = await signer.sign();
    return Object.fromEntries(signed.headers);
  };
}
