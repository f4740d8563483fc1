export { auraLoader as default } from '@auraimage/react/next';
