import type { ReactNode } from 'react';
import { Mark } from '../ui/mark.js';
import { useTitle } from '../ui/page.js';

/** Layout of the pages around signing in: one centered form without navigation. */
export function AuthLayout({
  title,
  text,
  children,
  footer,
}: {
  readonly title: string;
  readonly text?: ReactNode;
  readonly children?: ReactNode;
  readonly footer?: ReactNode;
}) {
  useTitle(title);
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto_2fr] justify-items-center px-4 py-8">
      <div />
      <main className="grid w-full max-w-md gap-6">
        <p className="flex items-center justify-center gap-2 font-semibold tracking-tight">
          <Mark className="size-7 text-accent" />
          AuraImage
        </p>
        <div className="crop-marks grid gap-5 p-6 sm:p-8">
          <div className="grid gap-1.5">
            <h1 className="text-xl">{title}</h1>
            {text && <div className="text-muted">{text}</div>}
          </div>
          {children}
        </div>
        {footer && <div className="px-4 text-center text-sm text-muted">{footer}</div>}
      </main>
    </div>
  );
}
