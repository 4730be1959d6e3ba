import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2022',
    sourcemap: true,
    chunkSizeWarningLimit: 1_500,
    rollupOptions: {
      input: { index: 'index.html', gallery: 'gallery.html', 'service-worker': 'src/gallery/service-worker.ts' },
      // A service worker answers for pages beside and below its script alone.
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
  // The pre-bundler would part the package from its Worker's script.
  optimizeDeps: { exclude: ['fugitive-dashjs'] },
});
