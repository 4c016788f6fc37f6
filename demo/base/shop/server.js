'use strict';

const express = require('express');
const rateLimit = require('express-rate-limit');

const orders = require('./orders');
const webhooks = require('./webhooks');

const app = express();
app.disable('x-powered-by');
app.use(rateLimit({ windowMs: 60_000, limit: 120 }));
app.use(express.json());
app.use('/orders', orders);
app.use('/webhooks', webhooks);

app.listen(process.env.PORT || 3000);
