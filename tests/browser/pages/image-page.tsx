import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { ImageApp, type ImagePageProps } from './image-app.js';

const root = document.getElementById('root');
const props = document.getElementById('props')?.textContent ?? '{}';
if (root) {
  hydrateRoot(
    root,
    <StrictMode>
      <ImageApp {...(JSON.parse(props) as ImagePageProps)} />
    </StrictMode>,
  );
}
