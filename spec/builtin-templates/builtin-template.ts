/** A template that every repository has without writing it. */

export interface BuiltinTemplate {
  readonly name: string;
  readonly parent?: string;
  readonly text: string;
}
