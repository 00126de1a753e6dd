/** What the blob benchmark and its members say to each other. */

import type { Digest } from '../../replica/core/blobs.ts';

export type MemberOrder =
  | {
      readonly kind: 'join';
      readonly peers: readonly { readonly name: string; readonly port: number }[];
    }
  | {
      readonly kind: 'put';
      readonly seed: number;
      readonly sizeBytes: number;
      readonly withLog: boolean;
    }
  | {
      readonly kind: 'get';
      readonly digest: Digest;
      readonly sizeBytes: number;
      readonly withLog: boolean;
    }
  | { readonly kind: 'idle'; readonly forMs: number }
  | { readonly kind: 'settle' | 'rss' | 'rssMost' }
  | { readonly kind: 'forget'; readonly digest: Digest };

export interface MemberAnswer {
  readonly port?: number;
  readonly digest?: Digest;
  readonly tookMs?: number;
  readonly rssGrowthBytes?: number;
  readonly latenciesMs?: readonly number[];
  readonly failure?: string;
}
