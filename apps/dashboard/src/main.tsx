import './styles.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takeLinkToken } from './access/link-token.js';
import { ApiError } from './api/errors.js';
import { createQueryClient } from './api/query-client.js';
import { createAppRouter } from './router.js';
import { sessionGate } from './shell/session-gate.js';

takeLinkToken();
const queryClient = createQueryClient(sessionGate.shut);
const router = createAppRouter(queryClient);

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root');
createRoot(place, {
  onCaughtError: (error) => {
    // An answer that the page tells of is no fault of the page.
    if (!(error instanceof ApiError)) console.error(error);
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
