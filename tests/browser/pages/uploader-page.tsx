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
        signature="/api/sign"
        visibility="private"
        onUpload={({ key }) => globalThis.ended.push(key)}
        onError={({ code, kind }) => globalThis.ended.push(code ?? kind)}
      />
    </StrictMode>,
  );
}
