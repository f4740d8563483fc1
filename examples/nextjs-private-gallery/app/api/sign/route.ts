import { getAura } from '../../../lib/aura';
import { isSignedIn } from '../../../lib/session';

/** Signs uploads for `<AuraUploader>`. The token decides, whatever the page sends. */
export async function POST(): Promise<Response> {
  if (!(await isSignedIn())) return Response.json({ message: 'Sign in first' }, { status: 401 });
  const signature = await getAura().signUpload({
    visibility: 'private',
    maxSize: '10mb',
    allowedTypes: ['image/*'],
    expiresIn: 600,
  });
  return Response.json({ signature });
}
