<?php
// What differs from one wiki to the next comes from the environment.
$wgSitename = getenv( 'WIKI_NAME' ) ?: 'Wiki';
$wgMetaNamespace = 'Project';
$wgServer = getenv( 'WIKI_URL' ) ?: WebRequest::detectServer();
$wgScriptPath = '';
$wgSecretKey = getenv( 'SECRET_KEY' );

$wgDBtype = 'postgres';
$wgDBserver = getenv( 'DB_HOST' );
$wgDBname = 'mediawiki';
$wgDBuser = 'mediawiki';
$wgDBpassword = getenv( 'DB_PASSWORD' );

// Who is logged in stays so when the container is replaced.
$wgMainCacheType = CACHE_ACCEL;
$wgSessionCacheType = CACHE_DB;

// Files go to the folder images, which is the bucket.
$wgEnableUploads = true;

wfLoadSkin( 'Vector' );
