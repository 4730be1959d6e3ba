// The service worker of the page of files: its tags are answered by pages of the site that have a `fugitiveFetch`.

import { answerFetches } from 'fugitive-dashjs/service-worker';

answerFetches({ control: 'atOnce' });
