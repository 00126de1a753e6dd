/** Which controller an agent goes to next. */

import { describe, expect, it } from 'vitest';
import { ControllerRing } from '../../../link/connection/controller-ring.ts';
import { usableControllers } from '../../../link/connection/learned-controllers.ts';

const a = 'https://a:1';
const b = 'https://b:1';
const c = 'https://c:1';

function turns(ring: ControllerRing, times: number): readonly string[] {
  return Array.from({ length: times }, () => {
    ring.turn();
    return ring.current;
  });
}

describe('the ring of controllers', () => {
  it('has one round of all that were named and learned, each once', () => {
    const ring = new ControllerRing({ named: [a, `${b}/`, b] });
    expect(ring.current).toBe(a);
    ring.learn([c, `${a}/`]);
    expect(turns(ring, 4)).toEqual([b, c, a, b]);
    expect(ring.learned).toEqual([c]);
  });

  it('stays where it is until it turns, also when that one is gone from the list', () => {
    const ring = new ControllerRing({ named: [a], learned: [b, c], first: c });
    expect(ring.current).toBe(c);
    ring.learn([b]);
    expect(ring.current).toBe(c);
    expect(turns(ring, 3)).toEqual([a, b, a]);
  });

  it('with one controller stays with it', () => {
    expect(turns(new ControllerRing({ named: [a] }), 2)).toEqual([a, a]);
  });

  it('begins with one of its own, unless told where', () => {
    const rank = (url: string) => [c, a, b].indexOf(url);
    expect(new ControllerRing({ named: [a, b, c], rank }).current).toBe(c);
    expect(new ControllerRing({ named: [a, b, c], rank, first: b }).current).toBe(b);
    expect(turns(new ControllerRing({ named: [a, b, c], rank }), 3)).toEqual([a, b, c]);
  });
});

describe('controllers that a controller names', () => {
  it('are never less safe than the one that names them', () => {
    const named = [a, 'http://d:1', 'ftp://e', 'nonsense'];
    expect(usableControllers(named, b)).toEqual([a]);
    expect(usableControllers(named, 'http://f:1')).toEqual([a, 'http://d:1']);
  });
});
