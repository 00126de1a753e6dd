/** Who calls: told by the connection and the context that libraries send, never by the body. */

export interface Caller {
  /** Name of the node, or the address of a machine that is none. */
  readonly name: string;
  /** Of the peer. */
  readonly address: string;
  /** It comes from this machine. */
  readonly isLocal: boolean;
}

/** The node that this agent speaks for. */
export interface OwnNode {
  readonly name: string;
  /** By which it is reached, the preferred one first; loopback goes without saying. */
  addresses(): readonly string[];
}

const NAME_CHARACTERS_MAX = 253;

/** `address`: of the peer. A library that was told no node name sends its address in its place. */
export function callerOf(
  address: string,
  context: ReadonlyMap<string, string>,
  node: OwnNode,
): Caller {
  const isLocal = isLoopback(address) || node.addresses().includes(address);
  const claimed = context.get('node_name') ?? '';
  if (!isNodeName(claimed)) return { name: isLocal ? node.name : address, address, isLocal };
  return { name: isLocal && isOwnName(claimed, node) ? node.name : claimed, address, isLocal };
}

/** Whether a name or an address that a service of this machine uses stands for this node. */
export function isOwnName(text: string, node: OwnNode): boolean {
  return text === node.name || isLoopback(text) || node.addresses().includes(text);
}

function isNodeName(text: string): boolean {
  return text.length <= NAME_CHARACTERS_MAX && /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(text);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
