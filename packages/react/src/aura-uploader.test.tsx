import type { UploadError, UploadResult } from '@auraimage/sdk/client';
import type { DragEvent } from 'react';
import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AuraProvider,
  AuraUploader,
  type AuraUploaderProps,
  type GetSignature,
  type Uploader,
  type UploaderLabels,
  type UploaderOptions,
  useAuraUploader,
} from './index.js';

const options = { cdnUrl: 'https://cdn.example', signature: '/api/sign' } as const;

describe('<AuraUploader>', () => {
  it('renders on a server: a named section, a button, a hidden input, an empty status', () => {
    const html = renderToStaticMarkup(
      <AuraUploader {...options} accept="image/png" multiple={false} className="mine" />,
    );
    expect(html).toMatch(/^<section class="aura-uploader mine" aria-label="Upload pictures">/);
    expect(html).toMatch(/<input type="file" accept="image\/png" hidden=""\/>/);
    expect(html).toContain('<button type="button">Choose pictures</button>');
    expect(html).toMatch(/<div role="status"[^>]*><\/div>/);
  });

  it('shows other labels', () => {
    const labels = { pick: 'Bilder wählen', hint: 'oder hierher ziehen' };
    const html = renderToStaticMarkup(<AuraUploader {...options} labels={labels} />);
    expect(html).toContain('Bilder wählen');
    expect(html).not.toContain('Choose');
  });

  it('renders a custom UI', () => {
    const html = renderToStaticMarkup(
      <AuraUploader {...options}>
        {({ items, inputProps }) => <p>{`${items.length} files, ${inputProps.accept}`}</p>}
      </AuraUploader>,
    );
    expect(html).toContain('<p>0 files, image/*</p>');
    expect(html).not.toContain('<button');
  });

  it('keeps the browser on the page when a file is dropped while disabled', () => {
    const prevented: string[] = [];
    const heldOver = (types: readonly string[]) => ({
      dataTransfer: { types, files: [new File(['x'], 'a.png')], dropEffect: 'copy' },
      preventDefault: () => prevented.push(types.join()),
    });
    const files = heldOver(['Files']);
    renderToStaticMarkup(
      <AuraUploader {...options} disabled>
        {({ dropProps }) => {
          for (const event of [files, heldOver(['text/plain'])]) {
            dropProps.onDragOver(event as unknown as DragEvent);
          }
          return null;
        }}
      </AuraUploader>,
    );
    expect(prevented).toEqual(['Files']);
    expect(files.dataTransfer.dropEffect).toBe('none');
  });

  it.each([['5mb'], [5_242_880], ['1.5gb']])('takes the size %j', (maxSize) => {
    expect(renderToString(<AuraUploader {...options} maxSize={maxSize} />)).toContain('<section');
  });

  it('throws for a size that is none', () => {
    expect(() => renderToString(<AuraUploader {...options} maxSize="5" />)).toThrow('not a size');
  });

  it('takes the CDN from the provider, and throws without one', () => {
    const uploader = <AuraUploader signature="/api/sign" />;
    const provided = <AuraProvider cdnUrl="https://cdn.example">{uploader}</AuraProvider>;
    expect(renderToString(provided)).toContain('<section');
    expect(() => renderToString(uploader)).toThrow(/AuraUploader.*pass cdnUrl/);
  });

  it('has types', () => {
    expectTypeOf<{ signature: string }>().toExtend<AuraUploaderProps>();
    expectTypeOf<{ signature: (file: File) => Promise<string> }>().toExtend<AuraUploaderProps>();
    expectTypeOf<{
      signature: GetSignature;
      project: string;
      maxSize: '5mb';
    }>().toExtend<AuraUploaderProps>();
    expectTypeOf<{ cdnUrl: string }>().not.toExtend<AuraUploaderProps>();
    expectTypeOf<{ signature: string; visibility: 'secret' }>().not.toExtend<UploaderOptions>();
    expectTypeOf<NonNullable<UploaderOptions['onUpload']>>().parameters.toEqualTypeOf<
      [UploadResult, File]
    >();
    expectTypeOf<NonNullable<UploaderOptions['onError']>>().parameters.toEqualTypeOf<
      [UploadError, File]
    >();
    expectTypeOf(useAuraUploader).returns.toEqualTypeOf<Uploader>();
    expectTypeOf<Uploader['items'][number]['status']>().toEqualTypeOf<
      'queued' | 'uploading' | 'done' | 'failed' | 'cancelled'
    >();
    expectTypeOf<UploaderLabels['status']>().returns.toEqualTypeOf<string>();
  });
});
