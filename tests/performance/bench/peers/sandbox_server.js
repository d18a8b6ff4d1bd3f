// Starts the sandbox's services in its folder: node sandbox_server.js FOLDER PORT. Its own parser stops
// at 100 KB, so one of the same kind comes before it, which then has nothing left to parse.
const [folder, port] = process.argv.slice(2);
const from = require('module').createRequire(`${folder}/index.js`);
const app = from('express')();
app.use(from('body-parser').json({ limit: '8mb' }));
app.use(from('./index.js'));
app.listen(Number(port), '127.0.0.1');
