import type { ResponseBody, Schemas } from '@auraimage/client';

export type Me = Schemas['Me'];
export type Project = Schemas['Project'];
export type Overview = Schemas['Overview'];
export type Image = Schemas['Image'];
export type ImagePage = Schemas['ImagePage'];
export type Visibility = Image['visibility'];
export type Usage = Schemas['Usage'];
export type UsageDay = Schemas['UsageDay'];
export type UsageByImage = Schemas['UsageByImage'];
export type UsageByRefusal = Schemas['UsageByRefusal'];
export type Deletion = Schemas['Deletion'];
export type Preset = Schemas['Preset'];
export type Person = Schemas['Person'];
export type Webhook = Schemas['Webhook'];
export type EventType = Webhook['types'][number];
export type Delivery = Schemas['Delivery'];
export type DeliveryState = Delivery['state'];
export type DeliveryAttempt = Schemas['DeliveryDetails']['log'][number];
export type Recipient = Schemas['Recipient'];
export type SecretKey = Schemas['SecretKey'];
export type Grace = Schemas['ServeSecretGrace'];
export type AuditEntry = Schemas['AuditEntry'];
export type Session = Schemas['Session'];
export type CliToken = Schemas['CliToken'];

export type NewInvitation = ResponseBody<'createInvitation', 201>;
export type DeviceRequest = ResponseBody<'lookUpDevice', 200>;
