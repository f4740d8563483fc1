import { type SelectModifierNode, SqliteQueryCompiler } from 'kysely';

const LOCKS = /^(?:For|SkipLocked$)/;

/** Omits row locks, which SQLite does not have. */
export class LocklessCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier === undefined || !LOCKS.test(node.modifier)) super.visitSelectModifier(node);
  }
}
