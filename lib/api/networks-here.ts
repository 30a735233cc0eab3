export { type NetworksHere, networksHere } from '../compare/suite/networks-here.js';
