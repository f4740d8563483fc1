import { describeUploadReceiver } from '@auraimage/ports/contracts';
import { createBusboyReceiver } from '@auraimage/upload-busboy';

describeUploadReceiver('busboy in workerd', () => createBusboyReceiver());
