/** The closed list of fault codes. Never reused; `docs/errors.md` has a row for each. */

export interface FaultRow {
  readonly meaning: string;
  readonly remedy: string;
}

const rows = {
  SPEC_UNKNOWN_FIELD: {
    meaning: 'A field is not known at this place.',
    remedy: 'Use one of the known fields; `tarsctl explain <Kind>.<path>` lists them.',
  },
  // ---- between objects (spec/resolve)
  SPEC_DUPLICATE_NAME: {
    meaning: 'Two objects of one kind, or two nodes, have the same name.',
    remedy: 'Rename or remove one of them; the fault shows both places.',
  },
  SPEC_SECOND_CLUSTER: {
    meaning: 'A repository holds more than one Cluster object.',
    remedy: 'Keep one of them; the fault shows both places.',
  },
  SPEC_SECOND_PRIMARY: {
    meaning: 'More than one data centre has the role primary.',
    remedy: 'Leave `role: primary` where the controllers run and make the others secondary.',
  },
  SPEC_MISSING_REFERENCE: {
    meaning: 'An object names another one that does not exist.',
    remedy: 'Correct the name, or add the object that is named.',
  },
  SPEC_TEMPLATE_CYCLE: {
    meaning: 'Templates inherit from each other in a circle, or through too many levels.',
    remedy: 'Remove `parent` from one of the templates that the fault lists.',
  },
  SPEC_PORT_CLASH: {
    meaning: 'Two servants ask for the same port on one machine.',
    remedy: 'Give one of them another port, or `port: auto`.',
  },
  SPEC_PORT_RANGE: {
    meaning: 'A port range ends before it begins.',
    remedy: 'Write the smaller port as `from` and the larger one as `to`.',
  },
  SPEC_PORT_RANGE_OVERLAP: {
    meaning: 'Two nodes of one machine choose automatic ports from ranges that overlap.',
    remedy: 'Give each node of a machine its own `portRange`.',
  },
  SPEC_ADDRESS_RANGE: {
    meaning: 'An address range is not a valid IPv4 or IPv6 range.',
    remedy: 'Write it as address/bits, such as `10.1.0.0/16` or `fd00:1::/48`.',
  },
  SPEC_ADDRESS_OUTSIDE_NETWORK: {
    meaning: 'The address of a node lies in no range of the network that it is given for.',
    remedy: 'Correct the address, or add its range to the DataCenter.',
  },
  SPEC_NODE_NAMES: {
    meaning: 'The names of a NodeSet cannot be expanded.',
    remedy: 'Write a range from the smaller to the larger number, of at most 10000 names.',
  },
  SPEC_NODE_ADDRESS: {
    meaning: 'The address of a member of a NodeSet cannot be made by its rule.',
    remedy: 'Use `from` with an IP address, or `pattern` with `${name}` or `${number}`.',
  },
  SPEC_TOO_MANY_NODES: {
    meaning: 'The repository describes more nodes than Tarsier handles.',
    remedy: 'Split the fleet into several clusters, each with its own repository path.',
  },
  SPEC_TOO_MANY_INSTANCES: {
    meaning: 'The placements ask for more instances than Tarsier handles.',
    remedy: 'Lower the `count` of placements, or split the fleet into several clusters.',
  },
  SPEC_PLACEMENT_EMPTY: {
    meaning: 'A placement selects no node.',
    remedy: 'Change `select`, or give nodes the labels that it asks for.',
  },
  SPEC_PLACEMENT_COUNT: {
    meaning: 'A placement asks for more nodes than match it.',
    remedy: 'Lower `count`, widen `select`, or add nodes.',
  },
  SPEC_DUPLICATE_SERVANT: {
    meaning: 'Two servants of one service have the same name.',
    remedy: 'Rename one of them.',
  },
  SPEC_DUPLICATE_CONFIG: {
    meaning: 'Two Config objects describe the same file at the same level.',
    remedy: 'Join them, or change the scope or the file name of one of them.',
  },
  SPEC_CONFIG_UNUSED: {
    meaning: 'A Config object is for a service on a node where the service does not run, or for an application without services.',
    remedy: 'Remove it, correct its scope, or place the service on that node.',
  },
  SPEC_CONFIG_JOINED: {
    meaning: 'A JSON, YAML or XML file gets text from several levels; joined, it is no longer valid.',
    remedy: 'Keep the file at one level, or use a format in which a later line wins.',
  },
  SPEC_FILE_OUTSIDE: {
    meaning: 'A `file` leads out of the repository.',
    remedy: 'Move the file into the repository and name it relative to the YAML file.',
  },
  SPEC_FILE_MISSING: {
    meaning: 'A `file` names a file that does not exist.',
    remedy: 'Add the file, or correct the path: it is relative to the YAML file.',
  },
  SPEC_FILE_REFUSED: {
    meaning: 'A `file` names something that is not a text file of moderate size.',
    remedy: 'Use a UTF-8 text file within the limits, no link and no binary file.',
  },
  SPEC_DELETION_HELD: {
    meaning: 'A commit would remove more than the deletion brake of the cluster allows.',
    remedy: 'Revert the commit, or confirm it with `confirmDelete` as the message says.',
  },
  SPEC_CONFIRM_DELETE: {
    meaning: 'A `confirmDelete` confirms nothing: it was used by an earlier commit or does not match.',
    remedy: 'Remove `confirmDelete` from the Cluster object.',
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof rows;

export const faultCodes: Readonly<Record<FaultCode, FaultRow>> = rows;
