import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

interface Database {
  prepare(sql: string): unknown;
  batch(
    statements: readonly unknown[],
  ): Promise<readonly { readonly results: readonly unknown[] }[]>;
}

describe('D1', () => {
  it('runs a batch as one transaction, and counts changes without those of triggers', async () => {
    const database = env['DB'] as Database;
    const batch = (...statements: string[]) =>
      database.batch(statements.map((sql) => database.prepare(sql)));
    await batch(
      'CREATE TABLE changed (name TEXT PRIMARY KEY) STRICT',
      'CREATE TABLE noted (name TEXT) STRICT',
      'CREATE TRIGGER noting AFTER INSERT ON changed BEGIN INSERT INTO noted VALUES (NEW.name); END',
    );
    const [, counted] = await batch(
      "INSERT INTO changed VALUES ('one'), ('two')",
      'SELECT changes() AS changes',
    );
    expect(counted?.results).toEqual([{ changes: 2 }]);
    const failing = batch(
      "INSERT INTO changed VALUES ('three')",
      "INSERT INTO changed VALUES ('one')",
    );
    await expect(failing).rejects.toThrow(/UNIQUE constraint failed/);
    const [rows] = await batch('SELECT name FROM noted ORDER BY name');
    expect(rows?.results).toEqual([{ name: 'one' }, { name: 'two' }]);
    await batch('DROP TABLE changed', 'DROP TABLE noted');
  });
});
