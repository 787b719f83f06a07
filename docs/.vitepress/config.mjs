import { defineConfig } from 'vitepress';
import { sidebar } from './pages.mjs';

export default defineConfig({
  title: 'Duramen',
  description: 'AutoML searches as durable programs, on Temporal',
  srcExclude: ['node_modules/**'],
  // The site is read from any folder of any server, or from a disk.
  base: process.env.DURAMEN_DOCS_BASE ?? '/',
  // Sources stay in the repository; a page of the site that is missing fails the build.
  ignoreDeadLinks: [/^(\.\/)?\.\.\//],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/search-files' },
      { text: 'Algorithms', link: '/ma2ml' },
      { text: 'Examples', link: '/examples' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: sidebar(),
  },
});
