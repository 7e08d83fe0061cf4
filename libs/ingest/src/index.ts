// From a source's facts to messages on changes.<entity>.
export {
  createFactPublisher,
  type FactPublisher,
  type FactPublisherParts,
  type IdentityResolver,
  type MessageProducer,
} from './fact-publisher.ts';
