// Starts `hangar serve` for a journey, on a free port, with a database and a practice cluster of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const BINARY = process.env.HANGAR_BINARY;
if (!BINARY) throw new Error('HANGAR_BINARY is not set: run the journeys by `cargo xtask test`');

/** How long the server may take to say that it listens, in milliseconds. */
const PATIENCE = 20_000;

export class Server {
  /** Makes a folder for the server's database; nothing runs yet. */
  static async prepare(flags = []) {
    const folder = await mkdtemp(path.join(tmpdir(), 'hangar-journey-'));
    const server = new Server();
    server.folder = folder;
    server.flags = flags;
    server.output = '';
    return server;
  }

  static async start(flags = []) {
    const server = await Server.prepare(flags);
    await server.up('127.0.0.1:0');
    return server;
  }

  /** Starts the process and waits until it prints its address. */
  async up(listen) {
    const database = `sqlite://${path.join(this.folder, 'hangar.db')}`;
    const flags = ['serve', '--listen', listen, '--database-url', database, ...this.flags];
    this.process = spawn(BINARY, flags, { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder });
    this.url = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no address within ${PATIENCE} ms:\n${this.output}`)), PATIENCE);
      const read = (chunk) => {
        this.output += chunk;
        const found = this.output.match(/http:\/\/127\.0\.0\.1:\d+/g);
        if (found) {
          clearTimeout(timer);
          resolve(found[0]);
        }
      };
      this.process.stdout.on('data', read);
      this.process.stderr.on('data', (chunk) => { this.output += chunk; });
      this.process.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${code}:\n${this.output}`));
      });
    });
    return this;
  }

  /** The one-time link that the server prints while there is no instructor. */
  signInLink() {
    const found = this.output.match(/http\S+\/teach\/sign-in\?token=\S+/);
    if (!found) throw new Error(`no sign-in link was printed:\n${this.output}`);
    return found[0];
  }

  /** Pulls the plug. */
  async kill() {
    await this.signal('SIGKILL');
  }

  async signal(name) {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(name);
    await ended;
  }

  /** Starts again on the same port, with the same database. */
  async again() {
    this.output = '';
    await this.up(new URL(this.url).host);
  }

  async stop() {
    await this.signal('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}
