-- What a file told is remembered with all of its tags from now on; what is there already is the short description alone.
UPDATE folder_files SET told = '{"description":' || told || '}' WHERE told IS NOT NULL;

-- Until when a run counts as busy with taking recordings in: hearing what came before waits so long.
ALTER TABLE folder_runs ADD COLUMN busy_until INTEGER NOT NULL DEFAULT 0;
