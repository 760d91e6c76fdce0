-- What a file told is remembered with all of its tags from now on; what is there already is the short description alone.
UPDATE folder_files SET told = '{"description":' || told || '}' WHERE told IS NOT NULL;
