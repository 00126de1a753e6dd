/** The closed list of fault codes. Never reused; `docs/errors.md` has a row for each. */

export interface FaultRow {
  readonly meaning: string;
  readonly remedy: string;
}

const rows = {
  // ---- files of the repository
  SPEC_NOT_A_FILE: {
    meaning: 'A path that is named like a spec file is a device, a pipe or a socket.',
    remedy: 'Remove it, or rename it so that it does not end in `.yaml` or `.yml`.',
  },
  SPEC_FILE_UNREADABLE: {
    meaning: 'A file or folder could not be read.',
    remedy: 'Give the user that runs the command the right to read it.',
  },
  SPEC_FILE_TOO_LARGE: {
    meaning: 'A spec file has more than 256 KB.',
    remedy:
      'Split it: objects may stand in any number of files. Move long texts to files that `file:` names.',
  },
  SPEC_TOO_MANY_FILES: {
    meaning: 'The repository holds more than 50,000 spec files below its path.',
    remedy: 'Set the source to a sub-path, or put several objects into one file.',
  },
  SPEC_TOO_MANY_OBJECTS: {
    meaning: 'The repository holds more than 100,000 objects.',
    remedy: 'Describe nodes that are alike with a NodeSet, or split the fleet.',
  },
  // ---- text and YAML
  SPEC_NOT_UTF8: {
    meaning: 'A file is not valid UTF-8.',
    remedy: 'Save it as UTF-8.',
  },
  SPEC_BYTE_ORDER_MARK: {
    meaning: 'A file begins with a byte order mark.',
    remedy: 'Save it as UTF-8 without byte order mark (BOM).',
  },
  SPEC_NUL_CHARACTER: {
    meaning: 'A file holds a NUL character, as binary files do.',
    remedy:
      'Remove it; if the file is no text, rename it so that it does not end in `.yaml` or `.yml`.',
  },
  SPEC_CONTROL_CHARACTER: {
    meaning: 'A file holds a control character.',
    remedy: 'Remove it, or write it as an escape such as `"\\x07"` in double quotes.',
  },
  SPEC_TEXT_CHARACTER: {
    meaning: 'An escape in a text writes a NUL character or half a character.',
    remedy: 'Remove it; write a character beyond `\\uffff` as `"\\U0001f600"` or as itself.',
  },
  SPEC_YAML_SYNTAX: {
    meaning: 'The text is not valid YAML.',
    remedy: 'Correct the line that the message points at, or the one above.',
  },
  SPEC_YAML_TAB: {
    meaning: 'A tab stands where YAML expects spaces.',
    remedy: 'Indent and separate with spaces.',
  },
  SPEC_YAML_ANCHOR: {
    meaning:
      'The text defines an anchor (`&name`). The language has none, so that every object can be read on its own.',
    remedy: 'Remove `&name`.',
  },
  SPEC_YAML_ALIAS: {
    meaning:
      'The text uses an alias (`*name`). The language has none, so that every object can be read on its own.',
    remedy:
      'Write the value out; nodes that are alike go into a NodeSet, texts that are shared into a Template or Config. A text that begins with `*` needs quotes.',
  },
  SPEC_YAML_MERGE_KEY: {
    meaning: 'The text uses a merge key (`<<`).',
    remedy: 'Write the fields out.',
  },
  SPEC_YAML_TAG: {
    meaning: 'The text uses a tag (`!name`).',
    remedy:
      'Remove the tag; quote a value that begins with `!`, and quote numbers that are meant as text.',
  },
  SPEC_YAML_DIRECTIVE: {
    meaning: 'The text holds a directive (`%YAML`, `%TAG`).',
    remedy: 'Remove the line. A line that begins with `%` needs quotes.',
  },
  SPEC_YAML_DUPLICATE_KEY: {
    meaning: 'A key stands twice in the same object.',
    remedy: 'Keep one of the two.',
  },
  SPEC_YAML_KEY: {
    meaning: 'A key is empty, or is a list or an object.',
    remedy: 'Write `name: value`; put quotes around text that begins with `{`, `[` or `?`.',
  },
  SPEC_YAML_NUMBER: {
    meaning:
      'A number is written in a way that people and programs read differently: a leading zero, or not finite, or too large to be exact.',
    remedy: 'Quote it if it is text; otherwise write it plainly.',
  },
  SPEC_FORBIDDEN_KEY: {
    meaning: 'A key is `__proto__`, `constructor` or `prototype`.',
    remedy: 'Use another name.',
  },
  SPEC_TOO_MANY_DOCUMENTS: {
    meaning: 'A file holds more than 1,000 documents.',
    remedy: 'Split the file.',
  },
  SPEC_TOO_DEEP: {
    meaning: 'Objects or lists are nested more than 40 levels deep.',
    remedy:
      'No field of the language is that deep: look for a missing bracket or a wrong indentation.',
  },
  SPEC_TOO_MANY_KEYS: {
    meaning: 'An object has more than 10,000 keys, or more than its field allows.',
    remedy: 'Split it.',
  },
  SPEC_TOO_MANY_ITEMS: {
    meaning: 'A list has more than 10,000 items, or more than its field allows.',
    remedy: 'Split it.',
  },
  SPEC_TEXT_TOO_LONG: {
    meaning: 'A text is longer than 131,072 characters, or than its field allows.',
    remedy: 'Move it to a file that `file:` names, or shorten it.',
  },
  // ---- objects and their fields
  SPEC_NOT_AN_OBJECT: {
    meaning: 'A document is a list or a single value.',
    remedy: 'Start it with `apiVersion: tarsier/v1`, `kind:`, `metadata:` and `spec:`.',
  },
  SPEC_API_VERSION: {
    meaning: '`apiVersion` is missing or is not one that this version of Tarsier knows.',
    remedy: 'Write `apiVersion: tarsier/v1`.',
  },
  SPEC_UNKNOWN_KIND: {
    meaning: '`kind` is missing or names no kind of the language.',
    remedy: 'Use one of the known kinds; `tarsctl explain` lists them.',
  },
  SPEC_UNKNOWN_FIELD: {
    meaning: 'A field is not known at this place.',
    remedy: 'Use one of the known fields; `tarsctl explain <Kind>.<path>` lists them.',
  },
  SPEC_MISSING_FIELD: {
    meaning: 'A field that is needed is not there.',
    remedy: 'Add it; `tarsctl explain <Kind>.<path>` shows an example.',
  },
  SPEC_WRONG_TYPE: {
    meaning:
      'A value has the wrong type: a number where a text is expected, a single value where a list is expected, and so on.',
    remedy:
      'Write the value as the message says. Versions and other texts that look like numbers need quotes.',
  },
  SPEC_UNKNOWN_VALUE: {
    meaning: 'A value is none of those that the field knows.',
    remedy: 'Use one of the values that the message lists.',
  },
  SPEC_INVALID_NAME: {
    meaning: 'A name does not follow the grammar of its kind.',
    remedy: 'Rename the object as the message says.',
  },
  SPEC_INVALID_FORMAT: {
    meaning: 'A text does not have the form that the field asks for.',
    remedy: 'Write it as the message says.',
  },
  SPEC_INVALID_KEY: {
    meaning:
      'A key of a free list of names (labels, environment, networks) has a form that is not allowed.',
    remedy: 'Rename the key as the message says.',
  },
  SPEC_OUT_OF_RANGE: {
    meaning: 'A number is too small or too large.',
    remedy: 'Use a number in the range that the message names.',
  },
  SPEC_EMPTY: {
    meaning: 'A value that must hold something is empty.',
    remedy: 'Fill it in, or remove the field.',
  },
  SPEC_DUPLICATE_ITEM: {
    meaning: 'A list holds the same item twice.',
    remedy: 'Keep one of the two.',
  },
  SPEC_CHOOSE_ONE: {
    meaning: 'Exactly one of several fields is expected, and none or more than one is there.',
    remedy: 'Keep exactly one of the fields that the message names.',
  },
  SPEC_FIELD_NEEDS_OTHER: {
    meaning: 'A field has a meaning only together with another field, which is not there.',
    remedy: 'Add the other field, or remove this one.',
  },
  SPEC_MORE_FAULTS: {
    meaning: 'A file has more than 20 faults; only the first 20 are shown.',
    remedy: 'Correct those that are shown, then look again.',
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
  SPEC_TEMPLATE_OTHER_TYPE: {
    meaning: 'A TARS service names a built-in template of another language.',
    remedy:
      'Remove `template`, or name one for the `type` of the service: what another library must be told does not help this one.',
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
    meaning:
      'A Config object is for a service on a node where the service does not run, for an application without services, or for a SET that none of its services is placed in.',
    remedy: 'Remove it, correct its scope, or place the service there.',
  },
  SPEC_CONFIG_JOINED: {
    meaning:
      'A JSON, YAML, TOML or XML file gets text from several levels or references; one behind the other, they are no longer valid.',
    remedy:
      'Set `merge: deep` on every level of the file (JSON, YAML, TOML), or keep the file at one level.',
  },
  SPEC_CONFIG_CYCLE: {
    meaning: 'Config objects reference each other in a circle.',
    remedy: 'Remove a reference from one of them; the fault shows all places.',
  },
  SPEC_CONFIG_REFERENCES: {
    meaning: 'A Config references more than 100 texts, or references are more than 32 deep.',
    remedy:
      'Join texts that always come together, or reference the last Config of a chain directly.',
  },
  SPEC_CONFIG_MERGE: {
    meaning:
      'The levels of one file, or a file and what it references, do not agree on how they are merged.',
    remedy: 'Give all of them the same `merge`, and the same format when it is `deep`.',
  },
  SPEC_CONFIG_SYNTAX: {
    meaning:
      'A text that is merged by structure is not valid in its format: a Config with `merge: deep` in that of its file, a Template or a `profile` as TARS text.',
    remedy: 'Correct the text at the place shown; a Config may use `merge: concat` instead.',
  },
  SPEC_RENDERED_TOO_LARGE: {
    meaning:
      'The template, the configuration files and the keys of one instance are too large together.',
    remedy: 'Make them smaller, list fewer files in `configs`, or ship them in the package.',
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
  SPEC_SET_CLASH: {
    meaning: 'Two entries of a placement put one node into different SETs.',
    remedy: 'Name the node in one of the entries.',
  },
  SPEC_NETWORK_MISSING: {
    meaning: 'A servant is to be reached on a network in which one of its nodes has no address.',
    remedy: 'Give the node an address in that network, or place the service on other nodes.',
  },
  SPEC_AUTH_PROTOCOL: {
    meaning: 'A servant asks its callers for a key, and does not speak the TARS protocol.',
    remedy: 'Remove `auth`, or `protocol: not-tars`.',
  },
  SPEC_SECRET_NOT_ENCRYPTED: {
    meaning: 'A value of a Secret is not an age-encrypted, ASCII-armoured text.',
    remedy:
      'Encrypt it with `tarsctl secret encrypt` and write what that prints. If it was pushed, change the secret itself as well.',
  },
  SPEC_SECRET_IN_PLAIN_TEXT: {
    meaning: 'A key stands in Git as everybody can read it.',
    remedy:
      'Encrypt it with `tarsctl secret encrypt`, put the output into a Secret, and name that.',
  },
  SPEC_SECRET_READER: {
    meaning: 'A service uses a Secret that does not name it as a reader.',
    remedy: 'Add the service to `readers` of the Secret, or use another one.',
  },
  SPEC_GROUP_RULE: {
    meaning: 'A rule of an IDC group is no address, no `a.b.c.*` and no range.',
    remedy: 'Write it such as `10.1.2.3`, `10.1.2.*` or `10.1.0.0/16`.',
  },
  SPEC_DUPLICATE_GROUP: {
    meaning: 'Two IDC groups have the same name; a name is used once in all data centres.',
    remedy: 'Rename one of them; the fault shows both places.',
  },
  SPEC_DELETION_HELD: {
    meaning: 'A commit would remove more than the deletion brake of the cluster allows.',
    remedy: 'Revert the commit, or confirm it with `confirmDelete` as the message says.',
  },
  SPEC_CONFIRM_DELETE: {
    meaning:
      'A `confirmDelete` confirms nothing: it was used by an earlier commit or does not match.',
    remedy: 'Remove `confirmDelete` from the Cluster object.',
  },
  // ---- names and kinds of files, in a commit (controller/source) and in a folder (spec/read)
  FILE_LINK_REFUSED: {
    meaning: 'A symbolic link stands where a file is expected.',
    remedy: 'Commit the file itself; links are never followed.',
  },
  FILE_SUBMODULE_REFUSED: {
    meaning: 'A submodule stands where a folder is expected.',
    remedy: 'Commit the files themselves; submodules are never fetched.',
  },
  FILE_NAME_REFUSED: {
    meaning: 'A file has a name that not every machine can hold, or that leads out of its folder.',
    remedy: 'Rename it: letters, digits and `. _ - @ + =` are allowed between slashes.',
  },
  FILE_NAME_COLLISION: {
    meaning: 'Two paths differ in upper and lower case alone.',
    remedy: 'Rename one of them: on many machines they are one file.',
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof rows;

export const faultCodes: Readonly<Record<FaultCode, FaultRow>> = rows;
