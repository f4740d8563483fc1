'use client';

import { AuraUploader } from '@auraimage/react';
import { useRouter } from 'next/navigation';

export function Uploader() {
  const router = useRouter();
  return <AuraUploader signature="/api/sign" onUpload={() => router.refresh()} />;
}
