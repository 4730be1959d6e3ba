import { defineConfig } from 'vite';

export default defineConfig({
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 1_500 },
  worker: { format: 'es' },
  // The pre-bundler would part the package from its Worker's script.
  optimizeDeps: { exclude: ['fugitive-dashjs'] },
});
