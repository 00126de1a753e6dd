/** Which of the controllers that one of them names an agent may believe in. */

/** The token goes to them: never where it could be overheard, if it could not be so far. */
export function usableControllers(urls: readonly string[], from: string): readonly string[] {
  const isSafe = from.toLowerCase().startsWith('https:');
  return urls.filter((url) => {
    if (!URL.canParse(url)) return false;
    const { protocol } = new URL(url);
    return protocol === 'https:' || (protocol === 'http:' && !isSafe);
  });
}
