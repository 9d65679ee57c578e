PRAGMA application_id = 1313690455;
PRAGMA user_version = 7;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE experiment (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  config_text TEXT NOT NULL,
  config_sha TEXT NOT NULL,
  added TEXT NOT NULL
) STRICT;
INSERT INTO experiment VALUES(1,'first','experiment: first','sha-1','2026-11-01T10:00:00.000Z');
INSERT INTO experiment VALUES(2,'second','experiment: second','sha-2','2026-11-02T10:00:00.000Z');
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (key <> ''),
  kind TEXT NOT NULL CHECK (kind IN ('train', 'evaluate', 'profile')),
  dataset TEXT NOT NULL,
  backbone TEXT NOT NULL,
  method TEXT NOT NULL,
  k TEXT NOT NULL,
  scheme TEXT NOT NULL,
  class_weight TEXT NOT NULL,
  variant TEXT NOT NULL,
  seed INTEGER NOT NULL,
  fold INTEGER NOT NULL DEFAULT -1,
  config_json TEXT NOT NULL,
  macs_paper REAL,
  predicted_s REAL,
  predicted_peak_bytes REAL,
  cases_expected INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed')),
  attempt INTEGER NOT NULL DEFAULT 0,
  worker TEXT NOT NULL DEFAULT '',
  lease_until_s REAL NOT NULL DEFAULT 0,
  progress REAL NOT NULL DEFAULT 0,
  progress_text TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT '',
  done_run INTEGER REFERENCES run (id),
  lost INTEGER NOT NULL DEFAULT 0,
  lost_progress REAL NOT NULL DEFAULT 0,
  CHECK ((state = 'done') = (done_run IS NOT NULL))
) STRICT;
INSERT INTO task VALUES(1,'train-1','train','word','unet','','','nmsw','on','',0,-1,'{"training": {"epochs": 2, "iterations_per_epoch": 5}}',3000000000000.0,100.0,2000000000.0,0,'done',2,'',0.0,1.0,'','',2,0,0.0);
INSERT INTO task VALUES(2,'eval-1','evaluate','word','unet','nmsw','5,full','','on','',0,-1,'{"overlap": 0.5}',1000000000000.0,50.0,1000000000.0,2,'done',1,'',0.0,1.0,'','',3,0,0.0);
INSERT INTO task VALUES(3,'eval-2','evaluate','word','unet','sliding_window','','','on','wide',0,-1,'{}',2000000000000.0,60.0,1000000000.0,2,'failed',1,'',0.0,0.0,'','out of memory',NULL,0,0.0);
INSERT INTO task VALUES(4,'profile-1','profile','','unet','nmsw','5','','on','',0,-1,'{}',500000000000.0,10.0,1000000000.0,0,'done',1,'',0.0,1.0,'','',5,0,0.0);
INSERT INTO task VALUES(5,'train-2','train','organ','unet','','','local','on','',1,-1,'{}',NULL,NULL,NULL,0,'running',1,'host:17',1790000000.0,0.25,'epoch 1 of 4','',NULL,1,0.5);
INSERT INTO task VALUES(6,'eval-3','evaluate','organ','unet','sliding_window','','','on','',1,-1,'{}',2000000000000.0,60.0,1000000000.0,2,'pending',0,'',0.0,0.0,'','',NULL,1,0.0);
CREATE TABLE experiment_task (
  experiment_id INTEGER NOT NULL REFERENCES experiment (id),
  task_id INTEGER NOT NULL REFERENCES task (id),
  PRIMARY KEY (experiment_id, task_id)
) STRICT, WITHOUT ROWID;
INSERT INTO experiment_task VALUES(1,1);
INSERT INTO experiment_task VALUES(2,1);
INSERT INTO experiment_task VALUES(1,2);
INSERT INTO experiment_task VALUES(1,3);
INSERT INTO experiment_task VALUES(1,4);
INSERT INTO experiment_task VALUES(2,5);
INSERT INTO experiment_task VALUES(2,6);
CREATE TABLE task_dependency (
  task_id INTEGER NOT NULL REFERENCES task (id),
  needs_id INTEGER NOT NULL REFERENCES task (id),
  PRIMARY KEY (task_id, needs_id)
) STRICT, WITHOUT ROWID;
INSERT INTO task_dependency VALUES(2,1);
INSERT INTO task_dependency VALUES(3,1);
INSERT INTO task_dependency VALUES(6,5);
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  task_id INTEGER NOT NULL REFERENCES task (id),
  attempt INTEGER NOT NULL,
  worker TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'released', 'superseded')),
  error TEXT NOT NULL DEFAULT '',
  "commit" TEXT,
  dirty INTEGER,
  config_sha TEXT,
  data_sha TEXT,
  host TEXT,
  cpu TEXT,
  gpu TEXT,
  threads INTEGER,
  torch TEXT,
  started TEXT NOT NULL,
  finished TEXT,
  notes TEXT,
  UNIQUE (task_id, attempt)
) STRICT;
INSERT INTO run VALUES(1,'uid-1',1,1,'host:11','superseded','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-01T10:00:00.000Z','2026-11-01T10:05:00.000Z',NULL);
INSERT INTO run VALUES(2,'uid-2',1,2,'host:12','done','','abc',1,'c','d','host','cpu','',2,'1.13.1','2026-11-01T10:05:00.000Z','2026-11-01T11:00:00.000Z','');
INSERT INTO run VALUES(3,'uid-3',2,1,'host:12','done','','abc',0,'c','d','host','cpu','',2,'1.13.1','2026-11-01T11:00:00.000Z','2026-11-01T11:10:00.000Z','halved');
INSERT INTO run VALUES(4,'uid-4',3,1,'host:12','failed','out of memory','abc',0,'c','d','host','cpu','',2,'1.13.1','2026-11-01T11:10:00.000Z','2026-11-01T11:20:00.000Z','');
INSERT INTO run VALUES(5,'uid-5',4,1,'host:12','done','','abc',0,'c','d','host','cpu','',2,'1.13.1','2026-11-01T11:20:00.000Z','2026-11-01T11:30:00.000Z','');
INSERT INTO run VALUES(6,'uid-6',5,1,'host:17','running','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-02T10:00:00.000Z',NULL,NULL);
CREATE TABLE run_log (
  run_id INTEGER PRIMARY KEY REFERENCES run (id),
  path TEXT NOT NULL
) STRICT;
INSERT INTO run_log VALUES(2,'runs/train-1/2/log.txt');
INSERT INTO run_log VALUES(4,'runs/eval-2/1/log.txt');
CREATE TABLE artifact (
  run_id INTEGER NOT NULL REFERENCES run (id),
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (run_id, kind, path)
) STRICT, WITHOUT ROWID;
INSERT INTO artifact VALUES(2,'checkpoint','results/runs/train-1/model.pt','ab',10);
INSERT INTO artifact VALUES(2,'log','/srv/runs/train-1/log.txt','cd',20);
INSERT INTO artifact VALUES(3,'log','results/runs/eval-1/log.txt','ef',30);
CREATE TABLE epoch_log (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  learning_rate REAL,
  tau REAL,
  train_loss REAL,
  validation_loss REAL,
  loss_terms TEXT NOT NULL,
  seconds REAL,
  PRIMARY KEY (run_id, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch_log VALUES(2,0,0.0010000000000000000208,1.0,0.9000000000000000222,NULL,'{"dice": 0.5}',10.0);
INSERT INTO epoch_log VALUES(2,1,0.0005000000000000000104,NULL,0.8000000000000000444,0.84999999999999997779,'{}',11.499999999999999999);
CREATE TABLE metric_value (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  case_id TEXT NOT NULL,
  class_index INTEGER NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  tolerance REAL NOT NULL,
  geometry TEXT NOT NULL,
  policy TEXT NOT NULL,
  class_name TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, k, case_id, class_index, metric, unit, tolerance, geometry, policy)
) STRICT, WITHOUT ROWID;
INSERT INTO metric_value VALUES(3,'5','case-1',1,'dsc','ratio',0.0,'original','monai','liver',0.5);
INSERT INTO metric_value VALUES(3,'5','case-2',1,'dsc','ratio',0.0,'original','monai','liver',0.69999999999999995559);
INSERT INTO metric_value VALUES(3,'full','case-1',1,'dsc','ratio',0.0,'original','monai','liver',0.9000000000000000222);
INSERT INTO metric_value VALUES(3,'full','case-1',1,'nsd','mm',2.0,'original','monai','liver',NULL);
INSERT INTO metric_value VALUES(3,'full','case-1',1,'nsd','voxel',2.0,'prepared','monai','liver',0.25);
INSERT INTO metric_value VALUES(3,'global','case-1',1,'dsc','ratio',0.0,'original','monai','liver',0.4000000000000000222);
CREATE TABLE class_sum (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  metric TEXT NOT NULL,
  class_index INTEGER NOT NULL,
  unit TEXT NOT NULL,
  tolerance REAL NOT NULL,
  geometry TEXT NOT NULL,
  policy TEXT NOT NULL,
  class_name TEXT NOT NULL,
  total REAL,
  defined INTEGER NOT NULL,
  cases INTEGER NOT NULL,
  uncounted INTEGER NOT NULL,
  with_dsc INTEGER NOT NULL,
  PRIMARY KEY (run_id, k, metric, class_index, unit, tolerance, geometry, policy)
) STRICT, WITHOUT ROWID;
INSERT INTO class_sum VALUES(3,'5','dsc',1,'ratio',0.0,'original','monai','liver',1.1999999999999999555,2,2,0,0);
INSERT INTO class_sum VALUES(3,'full','dsc',1,'ratio',0.0,'original','monai','liver',0.9000000000000000222,1,1,0,0);
INSERT INTO class_sum VALUES(3,'full','nsd',1,'mm',2.0,'original','monai','liver',NULL,0,1,0,0);
INSERT INTO class_sum VALUES(3,'full','nsd',1,'voxel',2.0,'prepared','monai','liver',0.25,1,1,0,0);
INSERT INTO class_sum VALUES(3,'global','dsc',1,'ratio',0.0,'original','monai','liver',0.4000000000000000222,1,1,0,0);
CREATE TABLE case_sum (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  case_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  total REAL,
  defined INTEGER NOT NULL,
  PRIMARY KEY (run_id, k, case_id, metric)
) STRICT, WITHOUT ROWID;
INSERT INTO case_sum VALUES(3,'5','case-1','dsc',0.5,1);
INSERT INTO case_sum VALUES(3,'5','case-2','dsc',0.69999999999999995559,1);
INSERT INTO case_sum VALUES(3,'full','case-1','dsc',0.9000000000000000222,1);
INSERT INTO case_sum VALUES(3,'full','case-1','nsd',0.25,1);
INSERT INTO case_sum VALUES(3,'global','case-1','dsc',0.4000000000000000222,1);
CREATE TABLE stage_time (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id),
  device TEXT NOT NULL,
  hardware TEXT NOT NULL,
  backbone TEXT NOT NULL,
  method TEXT NOT NULL,
  k TEXT NOT NULL,
  extent TEXT NOT NULL,
  stage TEXT NOT NULL,
  seconds_median REAL,
  seconds_iqr REAL,
  repeats INTEGER NOT NULL,
  case_id TEXT
) STRICT;
INSERT INTO stage_time VALUES(1,3,'cpu','Zen 4','unet','nmsw','5','10x10x10','total',1.5,NULL,1,'case-1');
INSERT INTO stage_time VALUES(2,5,'cpu','Zen 4','unet','nmsw','5','480x480x480','total',14.5,0.10000000000000000555,3,NULL);
CREATE TABLE mac_count (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  macs REAL,
  macs_paper REAL,
  params REAL,
  params_paper REAL,
  PRIMARY KEY (run_id, k)
) STRICT, WITHOUT ROWID;
INSERT INTO mac_count VALUES(3,'5',100000000000.0,NULL,3000000.0,3000000.0);
INSERT INTO mac_count VALUES(5,'5',1000000000000.0,2000000000000.0,3000000.0,NULL);
CREATE TABLE pass_count (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  extent TEXT NOT NULL,
  patches_total INTEGER NOT NULL,
  patches_used INTEGER NOT NULL,
  PRIMARY KEY (run_id, k)
) STRICT, WITHOUT ROWID;
INSERT INTO pass_count VALUES(3,'5','10x10x10',8,5);
INSERT INTO pass_count VALUES(5,'5','480x480x480',216,5);
CREATE TABLE peak_memory (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  kind TEXT NOT NULL,
  bytes_measured INTEGER,
  bytes_predicted INTEGER,
  PRIMARY KEY (run_id, k, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO peak_memory VALUES(3,'5','cuda',NULL,2000);
INSERT INTO peak_memory VALUES(5,'5','host',1000,1100);
CREATE TABLE class_weight (
  run_id INTEGER NOT NULL REFERENCES run (id),
  class_index INTEGER NOT NULL,
  class_name TEXT NOT NULL,
  weight REAL,
  PRIMARY KEY (run_id, class_index)
) STRICT, WITHOUT ROWID;
INSERT INTO class_weight VALUES(2,0,'background',0.5);
INSERT INTO class_weight VALUES(2,1,'liver',0.75);
INSERT INTO class_weight VALUES(2,2,'spleen',NULL);
CREATE TABLE patch_pick (
  run_id INTEGER NOT NULL REFERENCES run (id),
  case_id TEXT NOT NULL,
  rank INTEGER NOT NULL,
  patch_index INTEGER NOT NULL,
  score REAL,
  start_x INTEGER NOT NULL,
  start_y INTEGER NOT NULL,
  start_z INTEGER NOT NULL,
  size_x INTEGER NOT NULL,
  size_y INTEGER NOT NULL,
  size_z INTEGER NOT NULL,
  PRIMARY KEY (run_id, case_id, rank)
) STRICT, WITHOUT ROWID;
INSERT INTO patch_pick VALUES(3,'case-1',0,4,-0.5,0,1,2,5,5,5);
INSERT INTO patch_pick VALUES(3,'case-1',1,2,NULL,1,1,1,5,5,5);
CREATE TABLE selection_map (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  counts_x INTEGER NOT NULL,
  counts_y INTEGER NOT NULL,
  counts_z INTEGER NOT NULL,
  log_probability TEXT NOT NULL CHECK (json_array_length(log_probability) = counts_x * counts_y * counts_z),
  PRIMARY KEY (run_id, epoch, case_id)
) STRICT, WITHOUT ROWID;
INSERT INTO selection_map VALUES(2,0,'case-9',2,1,1,'[-0.1,null]');
INSERT INTO selection_map VALUES(2,1,'case-9',2,1,1,'[-0.2,-0.3]');
CREATE TABLE selection_pick (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  rank INTEGER NOT NULL,
  patch_index INTEGER NOT NULL,
  score REAL,
  start_x INTEGER NOT NULL,
  start_y INTEGER NOT NULL,
  start_z INTEGER NOT NULL,
  size_x INTEGER NOT NULL,
  size_y INTEGER NOT NULL,
  size_z INTEGER NOT NULL,
  PRIMARY KEY (run_id, epoch, case_id, rank)
) STRICT, WITHOUT ROWID;
INSERT INTO selection_pick VALUES(2,0,'case-9',0,1,-0.10000000000000000555,8,0,0,16,16,16);
INSERT INTO selection_pick VALUES(2,1,'case-9',0,0,-0.2000000000000000111,0,0,0,16,16,16);
CREATE TABLE case_slice (
  run_id INTEGER NOT NULL REFERENCES run (id),
  case_id TEXT NOT NULL,
  plane TEXT NOT NULL CHECK (plane IN ('axial', 'coronal')),
  position INTEGER NOT NULL,
  extent_x INTEGER NOT NULL,
  extent_y INTEGER NOT NULL,
  extent_z INTEGER NOT NULL,
  spacing_x_mm REAL NOT NULL,
  spacing_y_mm REAL NOT NULL,
  spacing_z_mm REAL NOT NULL,
  columns INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  grey BLOB NOT NULL CHECK (length(grey) = columns * rows),
  label BLOB NOT NULL CHECK (length(label) = columns * rows),
  prediction BLOB CHECK (length(prediction) = columns * rows),
  k TEXT NOT NULL,
  PRIMARY KEY (run_id, case_id, plane)
) STRICT;
INSERT INTO case_slice VALUES(3,'case-1','axial',9,20,10,30,1.0,1.0,2.5,2,1,X'00ff',X'0300',X'0001','5');
INSERT INTO case_slice VALUES(3,'case-1','coronal',4,20,10,30,1.0,1.0,2.5,2,1,X'0102',X'0000',NULL,'');
CREATE INDEX task_state ON task (state);
CREATE INDEX task_place ON task (dataset, backbone, method, k, class_weight, variant, seed, fold) WHERE kind = 'evaluate';
CREATE INDEX experiment_task_lists ON experiment_task (task_id);
CREATE INDEX task_dependency_needs ON task_dependency (needs_id);
CREATE INDEX stage_time_run ON stage_time (run_id);
CREATE VIEW v_tasks AS
WITH RECURSIVE stuck (task_id) AS (
  SELECT d.task_id FROM task_dependency d JOIN task n ON n.id = d.needs_id WHERE n.state = 'failed'
  UNION
  SELECT d.task_id FROM stuck s JOIN task m ON m.id = s.task_id AND m.state = 'pending'
    JOIN task_dependency d ON d.needs_id = m.id
)
SELECT e.name AS experiment, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k, t.scheme, t.seed,
  t.class_weight, t.variant,
  CASE WHEN t.state = 'pending' AND t.id IN (SELECT task_id FROM stuck) THEN 'blocked' ELSE t.state END AS state,
  t.attempt AS attempts, t.last_error, t.worker, t.lease_until_s, t.progress, t.progress_text,
  t.macs_paper, t.predicted_s, t.predicted_peak_bytes, t.cases_expected, r.id AS run, r.started, r.finished,
  round((julianday(r.finished) - julianday(r.started)) * 86400, 3) AS elapsed_s, t.id AS task_id,
  g.path AS log, nullif(t.fold, -1) AS fold
FROM task t
LEFT JOIN experiment_task x ON x.task_id = t.id
LEFT JOIN experiment e ON e.id = x.experiment_id
LEFT JOIN run r ON r.task_id = t.id AND r.attempt = t.attempt
LEFT JOIN run_log g ON g.run_id = r.id;
CREATE VIEW v_incomplete AS
SELECT experiment, task_key, state, attempts, last_error, kind, dataset, backbone, method, k, scheme, seed,
  class_weight, variant, progress, progress_text, log, fold
FROM v_tasks WHERE state <> 'done' AND experiment IS NOT NULL;
CREATE VIEW v_listed AS
SELECT e.name AS experiment, t.id AS task_id
FROM task t
JOIN experiment_task x ON x.task_id = t.id
JOIN experiment e ON e.id = x.experiment_id
WHERE t.kind <> 'evaluate' OR NOT EXISTS (
  SELECT 1 FROM experiment_task y
  JOIN task o ON o.id = y.task_id AND o.kind = 'evaluate' AND o.id <> t.id AND o.dataset = t.dataset
    AND o.backbone = t.backbone AND o.method = t.method AND o.k = t.k AND o.class_weight = t.class_weight
    AND o.variant = t.variant AND o.seed = t.seed AND (o.fold = t.fold OR (t.fold = -1 AND o.fold > -1))
  WHERE y.experiment_id = x.experiment_id
    AND (o.fold <> t.fold OR (coalesce((SELECT finished FROM run WHERE id = o.done_run), ''), o.id)
      > (coalesce((SELECT finished FROM run WHERE id = t.done_run), ''), t.id)));
CREATE VIEW v_finished AS
SELECT x.experiment, t.done_run AS run, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k,
  t.scheme, t.seed, t.class_weight, t.variant, t.config_json, nullif(t.fold, -1) AS fold
FROM task t
JOIN v_listed x ON x.task_id = t.id
WHERE t.done_run IS NOT NULL;
CREATE VIEW v_nmsw_training AS
SELECT t.done_run AS run, n.key AS training_key, n.done_run AS training_run, n.config_json,
  (SELECT sum(l.learning_rate) FROM epoch_log l WHERE l.run_id = n.done_run) AS rate_sum
FROM task t
JOIN (SELECT id AS task_id, id AS training_id FROM task
      UNION ALL SELECT task_id, needs_id FROM task_dependency) d ON d.task_id = t.id
JOIN task n ON n.id = d.training_id AND n.kind = 'train' AND n.scheme = 'nmsw'
WHERE t.done_run IS NOT NULL AND (t.kind = 'evaluate' OR t.id = n.id);
CREATE VIEW v_local_steps AS
WITH RECURSIVE behind (task_id, training_id) AS (
  SELECT t.id, n.id FROM task t JOIN task_dependency d ON d.task_id = t.id JOIN task n ON n.id = d.needs_id
  WHERE t.kind = 'evaluate' AND n.scheme IN ('local', 'nmsw')
  UNION
  SELECT b.task_id, n.id FROM behind b JOIN task_dependency d ON d.task_id = b.training_id
    JOIN task n ON n.id = d.needs_id
  WHERE n.scheme IN ('local', 'nmsw')
)
SELECT e.name AS experiment, t.key AS task_key, t.dataset, t.backbone, t.method, t.k, t.class_weight, t.variant, t.seed,
  sum(json_extract(n.config_json, '$.training.epochs') * json_extract(n.config_json, '$.training.iterations_per_epoch'))
    AS steps
FROM behind b
JOIN task t ON t.id = b.task_id
JOIN task n ON n.id = b.training_id
JOIN experiment_task x ON x.task_id = t.id
JOIN experiment e ON e.id = x.experiment_id
GROUP BY e.name, t.id;
CREATE VIEW v_cases AS
SELECT f.run, f.experiment, f.dataset, f.backbone, f.method, m.k, f.seed, m.case_id, m.class_index, m.class_name,
  m.metric, m.value, m.unit, nullif(m.tolerance, 0) AS tolerance, m.geometry, m.policy, f.class_weight, f.variant, f.fold
FROM v_finished f JOIN metric_value m ON m.run_id = f.run
WHERE m.k <> 'global';
CREATE VIEW v_global_cases AS
SELECT f.run, f.experiment, f.dataset, f.backbone, f.method, f.seed, m.case_id, m.class_index, m.class_name,
  m.metric, m.value, m.unit, nullif(m.tolerance, 0) AS tolerance, m.geometry, m.policy, f.class_weight, f.variant
FROM v_finished f JOIN metric_value m ON m.run_id = f.run
WHERE m.k = 'global';
CREATE VIEW v_gain AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.method, m.k, f.seed, f.class_weight, f.variant, m.class_index,
  m.class_name, avg(m.value) AS dsc, avg(g.value) AS dsc_global, avg(m.value - g.value) AS gain, count(*) AS cases
FROM v_finished f
JOIN metric_value m ON m.run_id = f.run AND m.metric = 'dsc' AND m.k <> 'global'
JOIN metric_value g ON g.run_id = m.run_id AND g.k = 'global' AND g.case_id = m.case_id
  AND g.class_index = m.class_index AND g.metric = m.metric AND g.unit = m.unit AND g.tolerance = m.tolerance
  AND g.geometry = m.geometry AND g.policy = m.policy
WHERE m.class_index > 0 AND m.value IS NOT NULL AND g.value IS NOT NULL
GROUP BY f.experiment, f.run, m.k, m.class_index;
CREATE VIEW v_provenance AS
SELECT r.id AS run, r."commit" AS "commit", r.dirty, r.config_sha, r.data_sha, r.host, r.cpu, r.gpu, r.threads, r.torch,
  r.started, r.finished, r.attempt, r.notes, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k, t.scheme,
  t.class_weight, t.variant, t.seed, (SELECT group_concat(name, ', ')
    FROM (SELECT e.name FROM experiment_task x JOIN experiment e ON e.id = x.experiment_id WHERE x.task_id = t.id
          ORDER BY e.id)) AS experiments
FROM run r JOIN task t ON t.done_run = r.id;
CREATE VIEW v_artifacts AS
SELECT f.experiment, f.task_key, f.run, f.dataset, f.backbone, f.method, f.scheme, f.seed, a.kind, a.path, a.sha256,
  a.bytes, f.class_weight, f.variant, f.fold
FROM v_finished f JOIN artifact a ON a.run_id = f.run;
CREATE VIEW v_learning_curves AS
SELECT x.experiment, l.run_id AS run, t.dataset, t.backbone, t.scheme, t.seed, t.class_weight, t.variant, l.epoch,
  l.learning_rate, l.tau, l.train_loss, l.validation_loss, l.loss_terms, l.seconds, t.key AS task_key, t.state,
  nullif(t.fold, -1) AS fold, (SELECT avg(value) FROM json_each(l.loss_terms, '$.validation_dice')) AS validation_dice
FROM task t
JOIN v_listed x ON x.task_id = t.id
JOIN epoch_log l ON l.run_id = coalesce(t.done_run, (SELECT id FROM run WHERE task_id = t.id AND attempt = t.attempt))
WHERE t.kind = 'train';
CREATE VIEW v_validation_dice AS
SELECT c.experiment, c.run, c.dataset, c.backbone, c.scheme, c.seed, c.fold, c.class_weight, c.variant, c.epoch,
  j.key AS class_name, j.value AS dice, c.state
FROM v_learning_curves c, json_each(c.loss_terms, '$.validation_dice') j;
CREATE VIEW v_curve_ends AS
SELECT c.experiment, c.run, c.task_key, c.state, c.dataset, c.backbone, c.scheme, c.seed, c.class_weight, c.variant,
  max(c.epoch) AS epoch, c.train_loss, v.epoch AS validation_epoch, v.validation_loss, b.epoch AS best_epoch,
  b.validation_loss AS best_validation_loss, v.dice AS validation_dice
FROM v_learning_curves c
LEFT JOIN (SELECT run_id, max(epoch) AS epoch, validation_loss,
             (SELECT avg(value) FROM json_each(loss_terms, '$.validation_dice')) AS dice FROM epoch_log WHERE validation_loss IS NOT NULL
           GROUP BY run_id) v ON v.run_id = c.run
LEFT JOIN (SELECT run_id, epoch, min(validation_loss) AS validation_loss FROM epoch_log WHERE validation_loss IS NOT NULL
           GROUP BY run_id) b ON b.run_id = c.run
GROUP BY c.experiment, c.run;
CREATE VIEW v_class_weights AS
SELECT f.dataset, f.backbone, f.seed, w.class_index, w.class_name, w.weight, f.experiment, f.run, f.kind, f.variant,
  f.class_weight, f.fold
FROM v_finished f JOIN class_weight w ON w.run_id = f.run;
CREATE VIEW v_patch_picks AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.method, f.seed, f.class_weight, f.variant, p.case_id, p.rank,
  p.patch_index, p.score, p.start_x, p.start_y, p.start_z, p.size_x, p.size_y, p.size_z
FROM v_finished f JOIN patch_pick p ON p.run_id = f.run;
CREATE VIEW v_selection_maps AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.seed, f.class_weight, f.variant, s.epoch, s.case_id, s.counts_x,
  s.counts_y, s.counts_z, s.log_probability, f.fold
FROM v_finished f JOIN selection_map s ON s.run_id = f.run;
CREATE VIEW v_selection_picks AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.seed, f.class_weight, f.variant, s.epoch, s.case_id, s.rank,
  s.patch_index, s.score, s.start_x, s.start_y, s.start_z, s.size_x, s.size_y, s.size_z
FROM v_finished f JOIN selection_pick s ON s.run_id = f.run;
CREATE VIEW v_case_slices AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, f.seed, f.class_weight, f.variant, s.k, s.case_id,
  s.plane, s.position, s.extent_x, s.extent_y, s.extent_z, s.spacing_x_mm, s.spacing_y_mm, s.spacing_z_mm, s.columns,
  s.rows, s.grey, s.label, s.prediction, f.fold
FROM v_finished f JOIN case_slice s ON s.run_id = f.run;
CREATE VIEW v_speed AS
SELECT s.device, s.hardware, s.backbone, s.method, s.k, s.extent, s.stage, s.seconds_median, s.seconds_iqr, s.repeats,
  f.experiment, f.run, f.kind, f.dataset, f.seed, f.variant, f.class_weight
FROM v_finished f JOIN stage_time s ON s.run_id = f.run
WHERE s.case_id IS NULL;
CREATE VIEW v_case_times AS
SELECT f.experiment, f.run, f.dataset, s.backbone, s.method, s.k, f.seed, s.case_id, s.device, s.hardware, s.extent,
  s.stage, s.seconds_median AS seconds, f.class_weight, f.variant
FROM v_finished f JOIN stage_time s ON s.run_id = f.run
WHERE s.case_id IS NOT NULL;
CREATE VIEW v_costs AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, c.k, f.seed, f.variant, c.macs, c.macs_paper,
  c.params, c.params_paper, f.class_weight, p.extent, p.patches_total, p.patches_used
FROM v_finished f
JOIN mac_count c ON c.run_id = f.run
LEFT JOIN pass_count p ON p.run_id = c.run_id AND p.k = c.k;
CREATE VIEW v_memory AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, p.k, f.seed, f.variant, p.kind AS memory_kind,
  p.bytes_measured, p.bytes_predicted, f.class_weight
FROM v_finished f JOIN peak_memory p ON p.run_id = f.run;
CREATE VIEW v_cells AS
SELECT x.experiment, t.dataset, t.backbone, t.method, trim(j.value) AS k, t.class_weight, t.variant, t.seed,
  t.done_run AS run, t.cases_expected, nullif(t.fold, -1) AS fold
FROM task t
JOIN v_listed x ON x.task_id = t.id
JOIN json_each('[' || replace(json_quote(t.k), ',', '","') || ']') j
WHERE t.kind = 'evaluate';
CREATE VIEW v_new_class_sums AS
SELECT m.run_id, m.k, m.metric, m.class_index, m.unit, m.tolerance, m.geometry, m.policy, max(m.class_name) AS class_name,
  sum(m.value) AS total, count(m.value) AS defined, count(*) AS cases,
  sum(m.metric = 'hd95' AND m.value IS NULL AND d.value IS NOT NULL) AS uncounted, count(d.run_id) AS with_dsc
FROM metric_value m
LEFT JOIN metric_value d ON m.metric = 'hd95' AND d.run_id = m.run_id AND d.k = m.k AND d.case_id = m.case_id
  AND d.class_index = m.class_index AND d.metric = 'dsc' AND d.geometry = m.geometry AND d.policy = m.policy
WHERE m.run_id IN (SELECT id FROM run r WHERE NOT EXISTS (SELECT 1 FROM class_sum WHERE run_id = r.id))
GROUP BY m.run_id, m.k, m.metric, m.class_index, m.unit, m.tolerance, m.geometry, m.policy;
CREATE VIEW v_new_case_sums AS
SELECT run_id, k, case_id, metric, sum(value) AS total, count(value) AS defined
FROM metric_value
WHERE run_id IN (SELECT id FROM run r WHERE NOT EXISTS (SELECT 1 FROM case_sum WHERE run_id = r.id))
GROUP BY run_id, k, case_id, metric;
CREATE VIEW v_class_sums AS SELECT * FROM class_sum UNION ALL SELECT * FROM v_new_class_sums;
CREATE VIEW v_case_sums AS SELECT * FROM case_sum UNION ALL SELECT * FROM v_new_case_sums;
CREATE TRIGGER task_done AFTER UPDATE OF done_run ON task WHEN NEW.done_run IS NOT NULL BEGIN
  INSERT INTO class_sum SELECT * FROM v_new_class_sums;
  INSERT INTO case_sum SELECT * FROM v_new_case_sums;
END;
CREATE TRIGGER score_added AFTER INSERT ON metric_value
WHEN EXISTS (SELECT 1 FROM class_sum WHERE run_id = NEW.run_id) BEGIN
  DELETE FROM class_sum WHERE run_id = NEW.run_id;
  DELETE FROM case_sum WHERE run_id = NEW.run_id;
END;
CREATE TRIGGER score_changed AFTER UPDATE ON metric_value BEGIN
  DELETE FROM class_sum WHERE run_id IN (OLD.run_id, NEW.run_id);
  DELETE FROM case_sum WHERE run_id IN (OLD.run_id, NEW.run_id);
END;
CREATE TRIGGER score_deleted AFTER DELETE ON metric_value BEGIN
  DELETE FROM class_sum WHERE run_id = OLD.run_id;
  DELETE FROM case_sum WHERE run_id = OLD.run_id;
END;
CREATE VIEW v_class_scores AS
WITH
way AS (
  SELECT *, total / defined AS mean,
    dense_rank() OVER (PARTITION BY run_id, k, metric
                       ORDER BY geometry <> 'original', unit <> 'mm', geometry, unit, policy) AS place,
    row_number() OVER (PARTITION BY run_id, k, metric, geometry, unit, policy, class_index ORDER BY tolerance) AS nth
  FROM v_class_sums WHERE class_index > 0
)
SELECT run_id AS run, k, metric, class_index, class_name, CASE WHEN uncounted = 0 THEN mean END AS value, total, defined,
  uncounted, unit, nullif(tolerance, 0) AS tolerance, geometry, policy
FROM way WHERE place = 1 AND nth = 1;
CREATE VIEW v_scores AS
SELECT run, k, metric, CASE WHEN sum(uncounted) > 0 THEN NULL ELSE avg(value) END AS value,
  CASE WHEN sum(uncounted) > 0 THEN NULL ELSE sum(total) / sum(defined) END AS pooled, min(unit) AS unit,
  CASE WHEN min(tolerance) = max(tolerance) THEN min(tolerance) END AS tolerance, min(geometry) AS geometry,
  min(policy) AS policy
FROM v_class_scores GROUP BY run, k, metric;
CREATE VIEW v_comparison AS
WITH
score AS MATERIALIZED (SELECT * FROM v_scores),
case_of AS MATERIALIZED (SELECT DISTINCT run_id, k, case_id FROM v_case_sums),
case_count AS MATERIALIZED (SELECT run_id, k, count(*) AS cases FROM case_of GROUP BY run_id, k),
miss AS MATERIALIZED (
  SELECT run_id, k, coalesce(sum(total) FILTER (WHERE metric = 'missed'), iif(sum(with_dsc) > 0, sum(uncounted), NULL)) AS missed
  FROM v_class_sums WHERE class_index > 0 GROUP BY run_id, k
),
cell AS MATERIALIZED (
  SELECT c.*,
    coalesce(e.cases, 0) AS cases_done,
    d.value AS dsc, d.pooled AS dsc_pooled, n.value AS nsd, n.pooled AS nsd_pooled, n.unit AS nsd_unit,
    n.tolerance AS nsd_tolerance, n.geometry AS nsd_geometry, h.value AS hd95,
    s.missed,
    avg(d.value) OVER same AS dsc_mean, avg(n.value) OVER same AS nsd_mean,
    (SELECT avg(s.seconds_median) FROM stage_time s
     WHERE s.run_id = c.run AND s.k IN (c.k, '') AND s.stage = 'total' AND s.case_id IS NOT NULL) AS seconds
  FROM v_cells c
  LEFT JOIN score d ON d.run = c.run AND d.k = c.k AND d.metric = 'dsc'
  LEFT JOIN score n ON n.run = c.run AND n.k = c.k AND n.metric = 'nsd'
  LEFT JOIN score h ON h.run = c.run AND h.k = c.k AND h.metric = 'hd95'
  LEFT JOIN case_count e ON e.run_id = c.run AND e.k = c.k
  LEFT JOIN miss s ON s.run_id = c.run AND s.k = c.k
  WINDOW same AS (PARTITION BY c.experiment, c.dataset, c.backbone, c.method, c.k, c.class_weight, c.variant)
),
place AS MATERIALIZED (
  SELECT row_number() OVER () AS place_id, experiment, dataset, backbone, method, k, class_weight, variant,
    count(DISTINCT iif(run IS NULL, NULL, seed)) AS seeds, count(DISTINCT seed) AS seeds_expected,
    iif(count(fold) = 0, max(cases_expected), sum(cases_expected) / count(DISTINCT seed)) AS cases_expected,
    count(DISTINCT iif(run IS NULL, NULL, fold)) AS folds, count(DISTINCT fold) AS folds_expected,
    min(run IS NOT NULL AND cases_done >= cases_expected) AS complete,
    avg(dsc) AS dsc, sqrt(sum((dsc - dsc_mean) * (dsc - dsc_mean)) / nullif(count(dsc) - 1, 0)) AS dsc_sd,
    avg(dsc_pooled) AS dsc_pooled,
    avg(nsd) AS nsd, sqrt(sum((nsd - nsd_mean) * (nsd - nsd_mean)) / nullif(count(nsd) - 1, 0)) AS nsd_sd,
    avg(nsd_pooled) AS nsd_pooled, min(nsd_unit) AS nsd_unit, min(nsd_tolerance) AS nsd_tolerance,
    min(nsd_geometry) AS nsd_geometry,
    CASE WHEN count(hd95) = count(dsc) THEN avg(hd95) END AS hd95, avg(missed) AS missed, avg(seconds) AS seconds
  FROM cell GROUP BY experiment, dataset, backbone, method, k, class_weight, variant
),
counted AS (
  SELECT p.place_id, count(DISTINCT m.case_id) AS cases
  FROM place p
  JOIN cell c USING (experiment, dataset, backbone, method, k, class_weight, variant)
  JOIN case_of m ON m.run_id = c.run AND m.k = c.k
  GROUP BY p.place_id
),
costs AS MATERIALIZED (SELECT * FROM v_costs),
speeds AS MATERIALIZED (SELECT * FROM v_speed WHERE kind = 'profile' AND stage = 'total'),
memories AS MATERIALIZED (SELECT * FROM v_memory),
cost AS (
  SELECT p.place_id, v.macs, v.macs_paper, v.params, v.params_paper,
    row_number() OVER (PARTITION BY p.place_id ORDER BY v.kind <> 'profile', v.dataset = '', v.k = '',
                       v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN costs v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '')
),
speed AS (
  SELECT p.place_id, v.seconds_median, v.device LIKE 'cpu%' AS on_cpu,
    row_number() OVER (PARTITION BY p.place_id, v.device LIKE 'cpu%'
                       ORDER BY v.dataset = '', v.k = '', v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN speeds v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '')
),
memory AS (
  SELECT p.place_id, v.bytes_measured, v.bytes_predicted,
    row_number() OVER (PARTITION BY p.place_id ORDER BY v.kind <> 'profile', v.bytes_measured IS NULL,
                       v.memory_kind <> 'cuda', v.dataset = '', v.k = '', v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN memories v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '')
)
SELECT p.experiment, p.dataset, p.backbone, p.method, p.k, p.seeds, coalesce(n.cases, 0) AS cases, p.cases_expected,
  p.dsc, p.dsc_sd, p.nsd, p.nsd_sd, p.nsd_unit, p.nsd_tolerance,
  c.macs / 1e12 AS macs_t, c.macs_paper / 1e12 AS macs_paper_t,
  c.params / 1e6 AS params_m, c.params_paper / 1e6 AS params_paper_m,
  g.seconds_median AS gpu_s, h.seconds_median AS cpu_s, m.bytes_measured / 1e9 AS memory_gb,
  m.bytes_predicted / 1e9 AS memory_predicted_gb,
  p.class_weight, p.variant, p.seeds_expected, p.complete, p.dsc_pooled, p.nsd_pooled, p.hd95, p.seconds,
  p.missed, p.nsd_geometry, p.folds, p.folds_expected
FROM place p
LEFT JOIN counted n ON n.place_id = p.place_id
LEFT JOIN cost c ON c.place_id = p.place_id AND c.choice = 1
LEFT JOIN speed g ON g.place_id = p.place_id AND g.choice = 1 AND NOT g.on_cpu
LEFT JOIN speed h ON h.place_id = p.place_id AND h.choice = 1 AND h.on_cpu
LEFT JOIN memory m ON m.place_id = p.place_id AND m.choice = 1;
CREATE VIEW v_top_k AS
SELECT dataset, backbone, method, class_weight, k, dsc, nsd, coalesce(seconds, gpu_s, cpu_s) AS seconds,
  experiment, variant, seeds, cases, cases_expected, dsc_sd, nsd_sd, macs_t, macs_paper_t, complete
FROM v_comparison WHERE k <> '';
COMMIT;
