import { describe, expect, it } from 'vitest';
import { ConfigError, describeOptions, loadConfig } from '../server/config.ts';

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('needs nothing: every option has a default or may be left out', () => {
    expect(loadConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: './data',
      couchdbUrl: undefined,
      dbPrefix: 'vitasync',
      adminPassword: undefined,
      jwtSecret: undefined,
      logLevel: 'info',
      maxBodyMb: 50,
      maxDocumentKb: 1024,
      accessTokenMinutes: 15,
      refreshTokenDays: 90,
      loginAttemptsPerMinute: 10,
      maxDevicesPerAccount: 20,
      publicUrl: undefined,
      trustProxy: 0,
      readyLagSeconds: 30,
      shutdownSeconds: 10,
    });
  });

  it('takes an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', COUCHDB_URL: '', VITASYNC_JWT_SECRET: '' })).toEqual(loadConfig({}));
  });

  it('reads what is set', () => {
    const config = loadConfig({
      PORT: '8080',
      COUCHDB_URL: 'https://admin:s3cret@couch.example:6984',
      VITASYNC_PUBLIC_URL: 'https://sync.example/base/',
      VITASYNC_LOG_LEVEL: 'silent',
    });
    expect(config.port).toBe(8080);
    expect(config.couchdbUrl?.host).toBe('couch.example:6984');
    expect(config.publicUrl).toBe('https://sync.example/base');
    expect(config.logLevel).toBe('silent');
  });

  it('lists all faults together', () => {
    const faults = faultsOf({
      PORT: '70000',
      COUCHDB_URL: 'ftp://somewhere',
      VITASYNC_DB_PREFIX: 'Vita-Sync',
      VITASYNC_ADMIN_PASSWORD: 'short',
      VITASYNC_JWT_SECRET: 'short',
      VITASYNC_LOG_LEVEL: 'loud',
      VITASYNC_MAX_BODY_MB: '1.5',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'PORT',
      'COUCHDB_URL',
      'VITASYNC_DB_PREFIX',
      'VITASYNC_ADMIN_PASSWORD',
      'VITASYNC_JWT_SECRET',
      'VITASYNC_LOG_LEVEL',
      'VITASYNC_MAX_BODY_MB',
    ]);
    expect(() => loadConfig({ PORT: 'x', VITASYNC_MAX_BODY_MB: '-1' })).toThrow(
      /PORT must.*\n.*VITASYNC_MAX_BODY_MB must/,
    );
  });

  it.each(['0x10', '1e3', ' 3000', '-1', '3000.0', '65536'])('does not take %j for a port', (port) => {
    expect(faultsOf({ PORT: port })).toEqual(['PORT must be a whole number from 0 to 65535']);
  });

  it('does not repeat a value in a fault, as it may be a secret', () => {
    const text = String(faultsOf({ COUCHDB_URL: 'http://topsecret@couch', VITASYNC_ADMIN_PASSWORD: 'hunter2' }));
    expect(text).not.toMatch(/topsecret|hunter2/);
  });

  it('describes every option for the table of options', () => {
    const options = describeOptions();
    expect(options).toHaveLength(Object.keys(loadConfig({})).length);
    expect(options).toContainEqual({ name: 'PORT', default: '3000', description: expect.stringContaining('port') });
    for (const { description } of options) expect(description).toMatch(/^\S[^\n|]+$/);
  });
});
