/** Whether an object has a key of its own: names such as `constructor` are not what every object inherits. */
export function hasOwn(object: object, key: string): boolean {
  return Object.prototype.hasOwnProperty.call(object, key);
}
