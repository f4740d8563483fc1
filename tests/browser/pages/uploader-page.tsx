import { AuraUploader } from '@auraimage/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

declare global {
  /** Keys of what was uploaded, and codes of what was not. */
  var ended: string[];
}
globalThis.ended = [];

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <AuraUploader
        cdnUrl={root.dataset['cdn']}
        signEndpoint="/api/sign"
        visibility="private"
        onUploaded={({ key }) => globalThis.ended.push(key)}
        onError={({ code, kind }) => globalThis.ended.push(code ?? kind)}
      />
    </StrictMode>,
  );
}
