import { expect, it } from 'vitest';
import { formatInstall } from './install-section.js';

const PACKAGES = ['cli', 'react', 'sdk'].map((short) => ({
  name: `@auraimage/${short}`,
  url: `http://localhost:8787/packages/${short}-1.2.3.tgz`,
}));

it('the packages are installed from where the page comes from', () => {
  expect(formatInstall(PACKAGES, 'npm', 'https://images.example')).toBe(
    `# Your server signs uploads and links
npm install https://images.example/packages/sdk-1.2.3.tgz
# React components
npm install https://images.example/packages/react-1.2.3.tgz
# The aura command
npm install --global https://images.example/packages/cli-1.2.3.tgz`,
  );
  expect(formatInstall(PACKAGES, 'bun', 'https://images.example')).toContain('bun add https://');
});

it('a server whose packages are not built has no commands', () => {
  expect(formatInstall([], 'pnpm', 'https://images.example')).toBe('');
});
