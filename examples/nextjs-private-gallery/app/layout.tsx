import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import '@auraimage/react/styles.css';
import './gallery.css';

export const metadata: Metadata = { title: 'Private gallery', icons: 'data:,' };

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>Private gallery</h1>
          {children}
        </main>
      </body>
    </html>
  );
}
